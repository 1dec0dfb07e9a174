import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSafetensors } from '../../examples/lib/safetensors.mjs';
import { expectClose, expectCloseL2, relativeError, relativeL2 } from '../lib/compare.ts';
import { toNchw, toNhwc } from '../lib/layout.ts';
import { normal } from '../lib/random.ts';
import { buildCase, caseRecipes } from '../lib/random-case.ts';

describe('normal', () => {
  it("seed 121000 starts with the recipe's three check values, exactly", () => {
    const start = [0.6590760350227356, -1.692462682723999, 0.1514146476984024];
    expect([...normal({ seed: 121_000, mean: 0, std: 1 }, 3)]).toEqual(start);
  });
});

describe('toNhwc', () => {
  it('moves channels last, and toNchw moves them back', () => {
    const tensor = { data: Float32Array.from({ length: 24 }, (_, i) => i), shape: [2, 3, 2, 2] };
    const swapped = toNhwc(tensor);
    expect(swapped.shape).toEqual([2, 2, 2, 3]);
    expect([...swapped.data.subarray(0, 6)]).toEqual([0, 4, 8, 1, 5, 9]);
    expect(toNchw(swapped)).toEqual(tensor);
  });
});

describe('relative errors', () => {
  it('relativeError and relativeL2 are relative to the expected', () => {
    expectClose('1 for 2', relativeError(1, 2), 0.5, 1e-15);
    expectClose('(3, 4) for (0, 10)', relativeL2([3, 6], [0, 10]), 0.5, 1e-15);
    expect([relativeError(0, 0), relativeError(Number.NaN, Number.NaN)]).toEqual([0, 0]);
    expect(relativeL2([0], [0])).toBe(0);
  });

  it('expectClose and expectCloseL2 fail beyond the bound, and on NaN', () => {
    expect(() => expectClose('box', 1.1, 1, 1e-3)).toThrow('box: relative error 1.00e-1 > 0.001');
    expect(() => expectClose('box', Number.NaN, 1, 1)).toThrow('box');
    expect(() => expectClose('box', 1e-9, 0, 1)).toThrow('box');
    expect(() => expectCloseL2('grad', [1, 2], [1, 1], 0.1)).toThrow('worst at 1');
    expect(() => expectCloseL2('grad', [1, Number.NaN], [1, 1], 1)).toThrow('worst at 1');
    expect(() => expectCloseL2('grad', [1], [1, 1], 1)).toThrow('lengths differ');
  });
});

describe('buildCase', () => {
  it('every grid covers the first level to within one of its cells', () => {
    const check = (feats: { shape: readonly number[] }[], strides: number[], axes: number[]) => {
      for (const axis of axes) {
        const size = feats[0].shape[axis] * strides[0];
        feats.forEach(({ shape }, l) => {
          expect(Math.abs(shape[axis] * strides[l] - size)).toBeLessThan(strides[l]);
        });
      }
    };
    const property = fc.property(caseRecipes, (recipe) => {
      const { feats, options } = buildCase(recipe);
      check(feats, options.strides, options.layout === 'nchw' ? [2, 3] : [1, 2]);
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  });
});

describe('parseSafetensors', () => {
  const file = (header: unknown, body: number[], padding = '') => {
    const json = new TextEncoder().encode(JSON.stringify(header) + padding);
    const bytes = new Uint8Array(8 + json.length + body.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
    bytes.set(json, 8);
    bytes.set(body, 8 + json.length);
    return bytes;
  };
  const entry = { dtype: 'I32', shape: [2], data_offsets: [0, 8] };
  const body = [1, 0, 0, 0, 2, 0, 0, 0];

  it('reads tensors and metadata at any alignment', () => {
    for (const padding of ['', ' ', '  ', '   ']) {
      const bytes = file({ __metadata__: { case: 'x' }, a: entry }, body, padding);
      const { tensors, metadata } = parseSafetensors(bytes);
      expect(tensors.a).toEqual({ data: Int32Array.of(1, 2), shape: [2] });
      expect(metadata).toEqual({ case: 'x' });
    }
  });

  it('says what is wrong with a malformed file', () => {
    const parse = (bytes: Uint8Array) => () => parseSafetensors(bytes);
    expect(parse(new Uint8Array(3))).toThrow('3 bytes are no file');
    expect(parse(file({ a: entry }, body).subarray(0, 20))).toThrow('the file has 20');
    expect(parse(file({ a: entry }, body.slice(1)))).toThrow('a needs 8 bytes for [2]');
    expect(parse(file({ a: { ...entry, shape: [3] } }, body))).toThrow('a needs 12 bytes');
    expect(parse(file({ a: { ...entry, dtype: 'F8' } }, body))).toThrow('dtype F8');
    expect(parse(file({}, [], '}'))).toThrow('the header is not JSON');
  });
});
