import { describe, expect, it } from 'vitest';
import { binValues, binWeights } from '../../../src/reference/set/bins.ts';
import { resolveSetOptions } from '../../../src/reference/set/options.ts';
import type { SetPreset } from '../../../src/reference/set/types.ts';
import { loadSetGolden } from './set-golden.ts';

describe('resolveSetOptions', () => {
  it.each([
    ['detr', 'detr-basic'],
    ['deformable-detr', 'deformable-basic'],
    ['rtdetr', 'rtdetr-basic'],
    ['dfine', 'dfine-basic'],
    ['deim', 'deim-basic'],
    ['rfdetr', 'rfdetr-3900'],
  ] as [SetPreset, string][])('preset %s has the options of %s', async (preset, name) => {
    const { options } = await loadSetGolden(name);
    const { numClasses } = options;
    expect(resolveSetOptions({ numClasses, preset })).toEqual(resolveSetOptions(options));
  });

  it('options override the preset, the parameters of a kind each by itself', () => {
    const options = resolveSetOptions({
      numClasses: 3,
      preset: 'rfdetr',
      classification: { kind: 'vfl', gamma: 3 },
      cost: 'product',
      gains: { cls: 5 },
      groups: 1,
    });
    expect(options.classification).toEqual({ kind: 'vfl', alpha: 0.75, gamma: 3 });
    expect(options.cost).toEqual({ kind: 'product', power: 4 });
    expect(options.gains).toEqual({ cls: 5, l1: 5, giou: 2, fgl: 0, ddf: 0 });
    expect(options.groups).toBe(1);
  });

  it('wants a kind where there is no preset', () => {
    expect(() => resolveSetOptions({ numClasses: 3, cost: 'focal' })).toThrow('neither a preset');
  });
});

describe('binValues and binWeights', () => {
  const values = binValues({ regMax: 32, up: 0.5, regScale: 4 });

  it('R = 32, a = 2: ±4 at the ends, ±2 beside them, 0 in the middle', () => {
    expect([values.length, values[0], values[16], values[32]]).toEqual([33, -4, 0, 4]);
    expect(values[31]).toBeCloseTo(2, 14);
    expect(values[17]).toBeCloseTo(3 ** (1 / 15) - 1, 14);
    expect(values.map((x) => 0 - x).reverse()).toEqual(values);
  });

  it('splits a distance between its two bins, and beyond the ends takes the last', () => {
    const nonZero = (distance: number) =>
      binWeights(values, distance).flatMap((weight, bin) => (weight ? [[bin, weight]] : []));
    expect(nonZero(-4.5)).toEqual([[0, 1]]);
    expect(nonZero(4)).toEqual([[32, 1]]);
    expect(nonZero(0)).toEqual([[16, 1]]);
    const between = binWeights(values, values[31] + 0.25 * (4 - values[31]));
    expect(between[31]).toBeCloseTo(0.75, 14);
    expect(between[31] + between[32]).toBe(1);
  });
});
