import { describe, expect, it } from 'vitest';
import type { ClassLoss } from '../../src/backend/inputs.ts';
import { partialStruct, sumsStruct } from '../../src/backend/webgpu/generated/shared.ts';
import { sharersOf } from '../../src/backend/webgpu/pipelines.ts';
import { backgroundSlots, recordBackground, recordFold } from '../../src/backend/webgpu/record.ts';
import { readSums } from '../../src/backend/webgpu/sums.ts';
import { classLoss } from '../../src/reference/classify.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { floatsOf, layouts, oneLevel, PassRunner } from '../lib/gpu-pass.ts';
import { normal, uniforms } from '../lib/random.ts';

/** Relative error of sums; relative L2 error of gradients. */
const BOUND = 2e-6;

const [regMax, numClasses, batch, height, width] = [2, 5, 2, 3, 7];
const cells = height * width;
const channels = 4 * regMax + numClasses;
const scale = 0.37;

describe.each([false, true])('weighted background, modulated %s', async (isModulated) => {
  const passes = ['weightedBackground', 'weightedSlopes', 'weightedClassify', 'fold'] as const;
  const runner = await PassRunner.create(passes, { isModulated });
  const gamma = isModulated ? 1.5 : 0;
  const loss: ClassLoss = { kind: isModulated ? 'focal' : 'bce', alpha: 0, gamma };

  it.each(layouts)('%s: sum and gradient are weighted by class and anchor', async (layout) => {
    const uniform = uniforms(3);
    const weightOf = () => Math.max(0, Math.fround(3 * uniform() - 0.7));
    const ofClasses = Float32Array.from({ length: numClasses }, weightOf);
    // The level is the second of each image's anchors
    const [first, anchors] = [4, 4 + cells];
    const ofAnchors = Float32Array.from({ length: batch * anchors }, weightOf);
    const nchw = normal({ seed: 7, mean: -1, std: 3 }, batch * channels * cells);
    let expected = 0;
    const slopes = new Float64Array(nchw.length);
    nchw.forEach((x, i) => {
      const [image, channel, cell] = [
        Math.floor(i / (channels * cells)),
        Math.floor(i / cells) % channels,
        i % cells,
      ];
      if (channel < 4 * regMax) return;
      const cls = channel - 4 * regMax;
      const weight = ofClasses[cls] * ofAnchors[image * anchors + first + cell];
      if (weight === 0) {
        nchw[i] = [Number.NaN, Infinity, -Infinity][i % 3];
        return;
      }
      const { value, grad } = classLoss(loss, x, 0);
      expected += weight * value;
      slopes[i] = scale * weight * grad;
    });
    expect(nchw.some(Number.isNaN)).toBe(true);

    const grid: [number, number, number] = [batch, height, width];
    const own = oneLevel(layout, { regMax, numClasses }, grid, nchw);
    const [level] = own.levels;
    const levels = [{ ...level, firstAnchor: first }];
    const place = runner.placeOf({ ...own, anchors, levels }, 3);
    const weights = runner.upload(Float32Array.of(...ofClasses, ...ofAnchors));
    const slots = backgroundSlots(place, sharersOf(runner.gpu), true);
    const run = async (slot: number | null, backward: boolean) => {
      const partials = runner.upload(new Uint32Array((slots * partialStruct.bytes) / 4));
      const nowhere = runner.upload(new Uint32Array(partialStruct.bytes / 4));
      const sums = runner.upload(new Uint32Array(sumsStruct.bytes / 4));
      const grads = runner.upload(new Uint32Array(1 + nchw.length));
      const to = { grads: { ...grads, base: 1 }, scale };
      const words = await runner.run(regMax, sums, (recorder) => {
        const out = { partials, slot, slopes: backward ? to : null, nowhere, weights };
        recordBackground(recorder, place, loss, out);
        recordFold(recorder, slots, partials, sums);
      });
      const after = floatsOf(await runner.run(regMax, grads, () => {})).subarray(1);
      return { sum: readSums(words.slice().buffer).cls, grads: after };
    };
    const alone = await run(0, false);
    const both = await run(0, true);
    expectClose('sum', alone.sum, expected, BOUND);
    expect(both.sum).toBe(alone.sum);
    const gradients = await run(null, true);
    expect(gradients.grads).toEqual(both.grads);
    const placed = Float64Array.from(both.grads, (_, i) => {
      if (layout === 'nchw') return slopes[i];
      const [row, channel] = [Math.floor(i / channels), i % channels];
      return slopes[(Math.floor(row / cells) * channels + channel) * cells + (row % cells)];
    });
    expectCloseL2('gradient', both.grads, placed, BOUND);
  });
});
