import { describe, expect, it } from 'vitest';
import { createDetectionLoss, type DetectionLossConfig } from '../../src/index.ts';
import { parseOptions } from '../../src/validate/options.ts';
import { expectCode } from '../lib/expect-code.ts';

const create = (config: unknown) => createDetectionLoss(config as DetectionLossConfig);

describe('createDetectionLoss, options', () => {
  it('the defaults are those of YOLOv8', () => {
    expect(parseOptions('create', { numClasses: 80 })).toEqual({
      numClasses: 80,
      regMax: 16,
      strides: [8, 16, 32],
      layout: 'nchw',
      gains: { box: 7.5, cls: 0.5, dfl: 1.5 },
      assigner: { topk: 10, alpha: 0.5, beta: 6, overlap: 'ciou' },
      iou: 'ciou',
      classification: { kind: 'bce', alpha: 1, gamma: 0 },
      backend: 'auto',
      threads: 'auto',
      wasm: undefined,
      worker: undefined,
      reduceNormalizer: undefined,
      checkFinite: false,
    });
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
    [{ numClasses: 3, threads: null }, /threads/],
    [{ numClasses: 3, device: null }, /device/],
    [{ numClasses: 3, checkFinite: null }, /checkFinite/],
  ])('impossible: %j: ConfigError INVALID_OPTION', async (config, message) => {
    await expectCode('INVALID_OPTION', () => create(config), message);
  });
});
