import { describe, expect, it } from 'vitest';
import type { ClassLoss } from '../../src/backend/inputs.ts';
import { partialStruct } from '../../src/backend/webgpu/generated/shared.ts';
import { type Place, recordBackground } from '../../src/backend/webgpu/record.ts';
import type { Recorder } from '../../src/backend/webgpu/recorder.ts';
import type { Window } from '../../src/backend/webgpu/tensors.ts';
import { classLoss } from '../../src/reference/classify.ts';
import { expectClose } from '../lib/compare.ts';
import { floatsOf, layouts, oneLevel, PassRunner } from '../lib/gpu-pass.ts';
import { normal } from '../lib/random.ts';

/**
 * Relative error of a gradient. A power multiplies the error of its base. It is computed as exp of a product, whose
 * rounding error grows with the product. Reached: 0.7 of it.
 */
const boundOf = (gamma: number, x: number) => (gamma + 1) * 6e-7 + 1.2e-7 * gamma * Math.max(-x, 0);
/** The pass takes what is below e^−86 as 0. */
const FLOOR = 5e-38;
const NAN_BITS = 0x7fc00000;
const UNTOUCHED = 0xdeadbeef;

describe.each([false, true])('slopes, modulated %s', async (isModulated) => {
  const runner = await PassRunner.create(['slopes'], { isModulated });
  const kind = isModulated ? 'focal' : 'bce';
  const gammas = isModulated ? [0, 0.5, 2, 2.7] : [0];
  const nowhere = runner.upload(new Uint32Array(partialStruct.bytes / 4));
  const record = (
    recorder: Recorder,
    place: Place,
    loss: ClassLoss,
    scale: number,
    grads: Window,
  ) => {
    const to = { partials: nowhere, slot: null, slopes: { grads, scale }, nowhere, weights: null };
    recordBackground(recorder, place, loss, to);
  };

  describe.each(layouts)('%s', (layout) => {
    // Numbers of elements in front of the level: some allow four elements at a time, some do not
    it.each([
      [4, 8],
      [3, 5],
      [4, 5],
    ])(
      'scale · gradient at class logits, 0 at box channels; %d and %d before',
      async (base, before) => {
        for (const gamma of gammas) {
          for (const [batch, regMax, numClasses, height, width] of [
            [1, 1, 1, 1, 1],
            [2, 2, 3, 1, 5],
            [2, 16, 80, 3, 7],
            [1, 8, 5, 31, 33],
          ]) {
            const cells = height * width;
            const channels = 4 * regMax + numClasses;
            const nchw = normal({ seed: cells, mean: -3, std: 6 }, batch * channels * cells);
            const grid: [number, number, number] = [batch, height, width];
            const predictions = oneLevel(layout, { regMax, numClasses }, grid, nchw);
            const [level] = predictions.levels;
            const data = level.data as Float32Array;
            const place = runner.placeOf(predictions, base);
            const behind = 12;
            const grads = runner.upload(
              new Uint32Array(before + data.length + behind).fill(UNTOUCHED),
            );
            const loss: ClassLoss = { kind, alpha: 0, gamma };
            const words = await runner.run(regMax, grads, (recorder) => {
              record(recorder, place, loss, 0.37, { ...grads, base: before });
            });
            const around = [...words.subarray(0, before), ...words.subarray(before + data.length)];
            expect(around.every((word) => word === UNTOUCHED)).toBe(true);
            const values = floatsOf(words).subarray(before, before + data.length);
            data.forEach((x, i) => {
              const channel = Math.floor(i / level.channelStride) % channels;
              const expected = channel < 4 * regMax ? 0 : 0.37 * classLoss(loss, x, 0).grad;
              const bound = boundOf(gamma, x);
              expectClose(`element ${i}, logit ${x}`, values[i], expected, bound, FLOOR / bound);
            });
          }
        }
      },
    );

    it('NaN stays, ∞ has a finite gradient, and a scale that is NaN makes every gradient NaN', async () => {
      const data = new Float32Array(4 + 4);
      data.set([Number.NaN, Infinity, -Infinity, 0], 4);
      const predictions = oneLevel(layout, { regMax: 1, numClasses: 4 }, [1, 1, 1], data);
      const place = runner.placeOf(predictions);
      const loss: ClassLoss = { kind, alpha: 0, gamma: 0 };
      const slopes = (scale: number) => {
        const grads = runner.upload(new Uint32Array(8));
        return runner.run(1, grads, (recorder) => {
          record(recorder, place, loss, scale, { ...grads, base: 0 });
        });
      };
      const words = await slopes(2);
      expect(words[4]).toBe(NAN_BITS);
      expect([...floatsOf(words).subarray(5)]).toEqual([2, expect.closeTo(0, 30), 1]);
      const lost = floatsOf(await slopes(Number.NaN));
      expect([...lost]).toEqual([0, 0, 0, 0, NaN, NaN, NaN, NaN]);
    });
  });
});
