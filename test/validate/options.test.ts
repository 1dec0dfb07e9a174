import { describe, expect, it } from 'vitest';
import { createDetectionLoss, type DetectionLossConfig } from '../../src/index.ts';
import { parseOptions } from '../../src/validate/options.ts';
import { parseOrientedOptions } from '../../src/validate/oriented-options.ts';
import { expectCode } from '../lib/expect-code.ts';

const create = (config: unknown) => createDetectionLoss(config as DetectionLossConfig);

describe('createDetectionLoss, options', () => {
  it('the defaults are those of Ultralytics 8.4', () => {
    expect(parseOptions('create', { numClasses: 80 })).toEqual({
      numClasses: 80,
      regMax: 16,
      strides: [8, 16, 32],
      layout: 'nchw',
      gains: { box: 7.5, cls: 0.5, dfl: 1.5 },
      assigner: {
        topk: 10,
        topk2: 10,
        alpha: 0.5,
        beta: 6,
        overlap: 'ciou',
        smallTargets: { below: 16, growTo: 16 },
      },
      boxLoss: { iou: 'ciou', distance: 'l1', distances: 'upright', covarianceFloor: 0 },
      classification: { kind: 'bce', alpha: 1, gamma: 0 },
      classWeights: null,
      backend: 'auto',
      threads: 'auto',
      wasm: undefined,
      worker: undefined,
      reduceNormalizer: undefined,
      checkFinite: false,
    });
  });

  it('a reference sets defaults, each of which is an option of its own', () => {
    const of = (config: object) => parseOptions('create', { numClasses: 80, ...config });
    const old = of({ reference: '8.3' });
    expect(old.assigner.smallTargets).toBe(false);
    expect(old.boxLoss.distance).toBe('none');
    const { assigner, boxLoss } = of({
      reference: '8.3',
      distance: 'l1',
      strides: [4],
      assigner: { topk: 7, topk2: 1, smallTargets: { below: 8, growTo: 9 } },
    });
    expect(boxLoss.distance).toBe('l1');
    expect([assigner.topk, assigner.topk2]).toEqual([7, 1]);
    expect(assigner.smallTargets).toEqual({ below: 8, growTo: 9 });
    expect(of({ strides: [4] }).assigner.smallTargets).toEqual({ below: 4, growTo: 4 });
    expect(of({ assigner: { smallTargets: false } }).assigner.smallTargets).toBe(false);
    const oriented = (reference: '8.3' | '8.4') =>
      parseOrientedOptions('create', { numClasses: 3, reference });
    expect(oriented('8.4').gains.angle).toBe(1);
    expect(oriented('8.4').boxLoss).toMatchObject({ distances: 'rotated', covarianceFloor: 0.01 });
    expect(oriented('8.3').gains.angle).toBe(0);
    expect(oriented('8.3').boxLoss).toMatchObject({ distances: 'upright', covarianceFloor: 0 });
  });

  it('weights of classes that are all 1 count as not given', () => {
    const of = (classWeights: number[]) =>
      parseOptions('create', { numClasses: 2, classWeights }).classWeights;
    expect(of([1, 1])).toBe(null);
    expect(of([1, 0.25])).toEqual(Float32Array.of(1, 0.25));
  });

  it('an option given as undefined counts as not given', () => {
    const config = {
      numClasses: 3,
      regMax: undefined,
      gains: { box: undefined },
      device: undefined,
    };
    expect(parseOptions('create', config)).toEqual(parseOptions('create', { numClasses: 3 }));
  });

  it('a class loss by name has the parameters of its paper’s best', () => {
    const of = (classification: DetectionLossConfig['classification']) =>
      parseOptions('create', { numClasses: 3, classification }).classification;
    expect(of('varifocal')).toEqual({ kind: 'varifocal', alpha: 0.75, gamma: 2 });
    expect(of('focal')).toEqual({ kind: 'focal', alpha: 0.25, gamma: 2 });
    expect(of({ kind: 'focal', gamma: 0 })).toEqual({ kind: 'focal', alpha: 0.25, gamma: 0 });
  });

  it.each([
    [{ numClasses: 3, numclass: 3 }, /unknown option numclass; known are numClasses/],
    [{ num_classes: 3 }, /option num_classes, did you mean numClasses\?; known are numClasses/],
    [{ numClasses: 3, gains: { bbox: 1 } }, /unknown option gains\.bbox; known are box, cls, dfl/],
    [{ numClasses: 3, assigner: { k: 1 } }, /assigner\.k/],
    [{ numClasses: 3, classification: { kind: 'focal', beta: 1 } }, /classification\.beta/],
    [{ numClasses: 3, classification: { kind: 'bce', gamma: 1 } }, /classification\.gamma/],
  ])('unknown: %j: ConfigError UNKNOWN_OPTION', async (config, message) => {
    await expectCode('UNKNOWN_OPTION', () => create(config), message);
  });

  it.each([
    [undefined, /config needs an object, got undefined/],
    [null, /config/],
    [{}, /numClasses needs an integer from 1 to 2147483647, got undefined/],
    [{ numClasses: 0 }, /numClasses/],
    [{ numClasses: 2.5 }, /numClasses/],
    [{ numClasses: '80' }, /numClasses .* got '80'/],
    [{ numClasses: 3, regMax: 0 }, /regMax/],
    [{ numClasses: 3, strides: [] }, /strides/],
    [{ numClasses: 3, strides: 8 }, /strides/],
    [{ numClasses: 3, strides: new Array(3) }, /strides/],
    [{ numClasses: 3, strides: [8, -16] }, /strides .* got \[8, -16\]/],
    [{ numClasses: 3, layout: 'NCHW' }, /layout needs one of 'nchw', 'nhwc', got 'NCHW'/],
    [{ numClasses: 3, gains: { cls: -1 } }, /gains\.cls/],
    [{ numClasses: 3, gains: { dfl: Number.NaN } }, /gains\.dfl/],
    [{ numClasses: 3, gains: 7.5 }, /gains needs an object/],
    [{ numClasses: 3, assigner: { topk: 0 } }, /assigner\.topk/],
    [{ numClasses: 3, assigner: { beta: Number.POSITIVE_INFINITY } }, /assigner\.beta/],
    [{ numClasses: 3, iou: 'probiou' }, /iou/],
    [{ numClasses: 3, assigner: { overlap: 'siou' } }, /assigner\.overlap/],
    [{ numClasses: 3, classification: 'softmax' }, /classification/],
    [{ numClasses: 3, classification: {} }, /classification\.kind/],
    [{ numClasses: 3, classification: { kind: 'focal', alpha: 2 } }, /classification\.alpha/],
    [{ numClasses: 3, classification: { kind: 'varifocal', gamma: -1 } }, /classification\.gamma/],
    [{ numClasses: 3, classification: { kind: 'focal', gamma: 1e9 } }, /gamma .* from 0 to 100/],
    [{ numClasses: 3, backend: 'cuda' }, /backend/],
    [{ numClasses: 3, threads: 0 }, /threads needs 'auto' or an integer from 1 to 64, got 0/],
    [{ numClasses: 3, threads: 1.5 }, /threads/],
    [{ numClasses: 3, threads: 65 }, /threads/],
    [{ numClasses: 3, threads: '2' }, /threads .* got '2'/],
    [{ numClasses: 3, threads: Number.NaN }, /threads/],
    [{ numClasses: 3, worker: 5 }, /worker needs a URL or a string, got 5/],
    [{ numClasses: 3, worker: { href: 'worker.js' } }, /worker/],
    [{ numClasses: 3, wasm: 'detloss.wasm' }, /wasm/],
    [{ numClasses: 3, reduceNormalizer: 1 }, /reduceNormalizer/],
    [{ numClasses: 3, checkFinite: 'yes' }, /checkFinite/],
    [{ numClasses: 3, regMax: null }, /regMax needs .* got null/],
    [{ numClasses: 3, layout: null }, /layout/],
    [{ numClasses: 3, gains: null }, /gains needs an object, got null/],
    [{ numClasses: 3, gains: { box: null } }, /gains\.box/],
    [{ numClasses: 3, reference: '8.2' }, /reference needs one of '8.4', '8.3', got '8.2'/],
    [{ numClasses: 3, distance: 'l2' }, /distance needs one of 'l1', 'none'/],
    [{ numClasses: 3, assigner: { topk2: 0 } }, /assigner\.topk2/],
    [{ numClasses: 3, assigner: { smallTargets: true } }, /assigner\.smallTargets needs an object/],
    [{ numClasses: 3, assigner: { smallTargets: { below: 8 } } }, /smallTargets\.growTo needs/],
    [{ numClasses: 3, classWeights: [1, 2] }, /classWeights needs 3 finite numbers of at least 0/],
    [{ numClasses: 2, classWeights: [1, -1] }, /classWeights/],
    [{ numClasses: 2, classWeights: [1, 1e39] }, /classWeights/],
    [{ numClasses: 3, threads: null }, /threads/],
    [{ numClasses: 3, device: null }, /device/],
    [{ numClasses: 3, checkFinite: null }, /checkFinite/],
  ])('impossible: %j: ConfigError INVALID_OPTION', async (config, message) => {
    await expectCode('INVALID_OPTION', () => create(config), message);
  });
});
