import { describe, expect, it } from 'vitest';
import type { ClassLoss } from '../../src/backend/inputs.ts';
import { partialStruct, sumsStruct } from '../../src/backend/webgpu/generated/shared.ts';
import { sharersOf } from '../../src/backend/webgpu/pipelines.ts';
import {
  backgroundSlots,
  recordBackground,
  recordFold,
  type SlopesOut,
} from '../../src/backend/webgpu/record.ts';
import { readSums } from '../../src/backend/webgpu/sums.ts';
import { classLoss } from '../../src/reference/classify.ts';
import type { Layout } from '../../src/types.ts';
import { expectClose } from '../lib/compare.ts';
import { layouts, oneLevel, PassRunner, sumVariants } from '../lib/gpu-pass.ts';
import { normal } from '../lib/random.ts';

/** Relative error of a sum, even of one loss; a power multiplies the error of its base. Reached: 0.9 of it. */
const boundOf = (gamma: number) => (gamma + 1) * 4e-7;
/** The pass takes what is below e^−86 as 0. */
const FLOOR = 5e-38;

const regMax = 2;
/** Sizes of the device's smallest subgroup: its own (null), and a smaller one, as if other subgroups were larger than it. */
const sharings: readonly { subgroups: boolean; least: number | null }[] = [
  ...sumVariants.map((subgroups) => ({ subgroups, least: null })),
  ...sumVariants.filter(Boolean).map((subgroups) => ({ subgroups, least: 2 })),
];
const variants = [false, true].flatMap((isModulated) =>
  sharings.map((sharing) => ({ isModulated, ...sharing })),
);

describe.each(variants)(
  'background, modulated $isModulated, subgroups $subgroups, least $least',
  async (variant) => {
    const runner = await PassRunner.create(['background', 'classify', 'fold'], variant);
    const { least } = variant;
    if (least) runner.gpu.leastSubgroup = () => least;
    const gammas = variant.isModulated ? [0, 0.5, 1, 2, 2.7, 5] : [0];

    /** Sums over class logits [B, C, H, W] of one level. Fails unless the sum has the same bits beside the gradient. */
    async function background(
      layout: Layout,
      gamma: number,
      [batch, numClasses, height, width]: [number, number, number, number],
      logits: Float32Array,
      base = 4,
    ): Promise<number> {
      const cells = height * width;
      const data = new Float32Array(batch * (4 * regMax + numClasses) * cells).fill(Number.NaN);
      const own = numClasses * cells;
      for (let b = 0; b < batch; b++) {
        const start = b * (4 * regMax + numClasses) * cells + 4 * regMax * cells;
        data.set(logits.subarray(b * own, (b + 1) * own), start);
      }
      const grid: [number, number, number] = [batch, height, width];
      const predictions = oneLevel(layout, { regMax, numClasses }, grid, data);
      const place = runner.placeOf(predictions, base);
      const slots = backgroundSlots(place, sharersOf(runner.gpu));
      const loss: ClassLoss = { kind: 'focal', alpha: 0, gamma };
      const sumOf = async (slopes: SlopesOut | null) => {
        const partials = runner.upload(
          new Uint32Array((slots + 1) * (partialStruct.bytes / 4)).fill(0x7fc00000),
        );
        const nowhere = runner.upload(new Uint32Array(4));
        const sums = runner.upload(new Uint32Array(sumsStruct.bytes / 4));
        const words = await runner.run(regMax, sums, (recorder) => {
          recordBackground(recorder, place, loss, {
            partials,
            slot: 0,
            slopes,
            nowhere,
            weights: null,
          });
          recordFold(recorder, slots, partials, sums);
        });
        return readSums(words.slice().buffer).cls;
      };
      const alone = await sumOf(null);
      const grads = runner.upload(new Uint32Array(base + data.length));
      expect(await sumOf({ grads: { ...grads, base }, scale: 0.37 })).toBe(alone);
      return alone;
    }

    const reference = (gamma: number, logits: Float32Array) =>
      logits.reduce((sum, x) => {
        const kind = variant.isModulated ? 'focal' : 'bce';
        return sum + classLoss({ kind, alpha: 0, gamma }, x, 0).value;
      }, 0);

    it.each(layouts)(
      '%s: within (γ + 1)·4e-7 of the reference, around K and WORKGROUP',
      async (layout) => {
        for (const gamma of gammas) {
          for (const shape of [
            [1, 1, 1, 1],
            [2, 3, 1, 5],
            [1, 1, 4, 4],
            [3, 80, 3, 7],
            [2, 5, 31, 33],
            [1, 1203, 5, 5],
          ] as [number, number, number, number][]) {
            const count = shape.reduce((product, size) => product * size, 1);
            for (const [mean, std] of [
              [-8, 3],
              [0, 10],
            ]) {
              const logits = normal({ seed: count, mean, std }, count);
              const sum = await background(layout, gamma, shape, logits);
              const expected = reference(gamma, logits);
              expectClose(`${shape}`, sum, expected, boundOf(gamma), FLOOR / boundOf(gamma));
            }
          }
        }
      },
    );

    it('any single logit, up to ±1e30', async () => {
      for (const x of [0, 1e-30, -1e-30, 3, -3, 16.5, -16.5, 60, -60, 86, -85, 100, 1e30, -1e30]) {
        for (const gamma of gammas) {
          const logits = Float32Array.of(x);
          const sum = await background('nchw', gamma, [1, 1, 1, 1], logits);
          const bound = boundOf(gamma) * 1.5;
          expectClose(`${x}`, sum, reference(gamma, logits), bound, FLOOR / bound);
        }
      }
    });

    it.each([
      [Number.NaN, Number.NaN],
      [Infinity, Infinity],
      [-Infinity, Number.NaN],
    ])('%d among the logits gives %d', async (value, expected) => {
      const logits = normal({ seed: 1, mean: 0, std: 1 }, 2 * 3 * 64);
      logits[100] = value;
      expect(await background('nchw', gammas[0], [2, 3, 8, 8], logits)).toBe(expected);
    });
  },
);
