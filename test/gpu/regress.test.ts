import { describe, expect, it } from 'vitest';
import {
  type UprightPositive,
  uprightPositiveStruct,
} from '../../src/backend/webgpu/generated/criteria.ts';
import { partialStruct, sumsStruct } from '../../src/backend/webgpu/generated/shared.ts';
import { DEVICE_GEOMETRIES } from '../../src/backend/webgpu/geometry.ts';
import { recordFold, recordRegress, regressSlots } from '../../src/backend/webgpu/record.ts';
import { readSums } from '../../src/backend/webgpu/sums.ts';
import { type IouKind, UPRIGHT_IOU_KINDS } from '../../src/kinds.ts';
import { decodeGrad, decodeSide, distributionFocalLoss } from '../../src/reference/dfl.ts';
import { type Box, boxSimilarity } from '../../src/reference/iou.ts';
import type { Layout } from '../../src/types.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { floatsOf, layouts, oneLevel, PassRunner, sumVariants } from '../lib/gpu-pass.ts';
import { boxLossOf } from '../lib/head-inputs.ts';
import { normal, uniforms } from '../lib/random.ts';

/** Relative error of sums; relative L2 error of gradients. Reached: 1.5e-7, 2.3e-7. */
const SUM_BOUND = 1e-6;
const GRAD_BOUND = 2e-6;

const numClasses = 3;
const [height, width] = [6, 7];
const cells = height * width;
const scale = { box: 1.7, cls: 1, dfl: 0.6, angle: 1 };
/** A grid unit as a share of the image's width and height. */
const units = [1 / width, 1 / height];

interface Positive {
  image: number;
  cell: number;
  channel: number;
  score: number;
  classSlope: number;
  target: [number, number, number, number];
}

function randomPositives(count: number, batch: number, regMax: number): Positive[] {
  const uniform = uniforms(count);
  return Array.from({ length: count }, (_, i) => ({
    image: Math.floor(i / cells) % batch,
    cell: i % cells,
    channel: 4 * regMax + (i % numClasses),
    score: Math.fround(uniform()),
    classSlope: -0.25,
    target: [0, 1, 2, 3].map(() => uniform() * 1.1 * Math.max(regMax, 4)) as Box,
  }));
}

/** Number of bins R that each kind is tried with, beside R = 1. */
const bins = { iou: 2, giou: 32, diou: 8, ciou: 16, eiou: 16, siou: 4 };
const cases = UPRIGHT_IOU_KINDS.flatMap((kind) => [
  [kind, bins[kind]] as const,
  [kind, 1] as const,
]);

describe.each(sumVariants)('regress, subgroups %s', async (subgroups) => {
  const runner = await PassRunner.create(['regress', 'fold'], { subgroups });

  async function regress(
    layout: Layout,
    regMax: number,
    kind: IouKind,
    data: Float32Array,
    positives: readonly Positive[],
    own = scale,
  ) {
    const batch = data.length / ((4 * regMax + numClasses) * cells);
    const predictions = oneLevel(layout, { regMax, numClasses }, [batch, height, width], data);
    const [level] = predictions.levels;
    const place = runner.placeOf(predictions, 3);
    const records = positives.map(({ target: [left, top, right, bottom], ...own }) => {
      const box = { ...own, left, top, right, bottom };
      return DEVICE_GEOMETRIES.upright.positiveOf(box, undefined, 'upright', 0) as UprightPositive;
    });
    // A positive of another level is in front of them
    const list = runner.upload(uprightPositiveStruct.arrayOf([records[0], ...records]));
    const range = { first: 1, count: positives.length };
    const slots = regressSlots(positives.length);
    const partials = runner.upload(new Uint32Array((slots + 1) * (partialStruct.bytes / 4)));
    const sums = runner.upload(new Uint32Array(sumsStruct.bytes / 4));
    const before = 5;
    const grads = runner.upload(new Uint32Array(before + data.length));
    const window = { ...grads, base: before };
    const after = await runner.run(regMax, grads, (recorder) => {
      const to = { partials, slot: 0, level: window, boxGrads: [], nowhere: grads };
      const boxLoss = { ...boxLossOf(kind), distance: 'l1' as const };
      recordRegress(recorder, place, { boxLoss, scale: own }, { list, ...range }, to);
    });
    const read = await runner.run(regMax, sums, (recorder) => {
      recordFold(recorder, slots, partials, sums);
    });
    const at = (image: number, channel: number, cell: number) =>
      before + image * level.imageStride + channel * level.channelStride + cell * level.cellStride;
    return { sums: readSums(read.slice().buffer), grads: floatsOf(after), at };
  }

  function reference(
    regMax: number,
    kind: IouKind,
    data: Float32Array,
    { image, cell, score, target }: Positive,
  ) {
    const sides = [0, 1, 2, 3].map((side) =>
      decodeSide(
        Array.from({ length: regMax }, (_, j) => {
          return data[(image * (4 * regMax + numClasses) + side * regMax + j) * cells + cell];
        }),
      ),
    );
    const [l, t, r, b] = sides.map(({ distance }) => distance);
    const [gl, gt, gr, gb] = target;
    const fit = boxSimilarity(kind, [-l, -t, r, b], [-gl, -gt, gr, gb]);
    const losses = sides.map((side, s) =>
      regMax > 1
        ? distributionFocalLoss(side, target[s])
        : {
            value: units[s % 2] * Math.abs(side.distance - target[s]),
            grad: [units[s % 2] * Math.sign(side.distance - target[s])],
          },
    );
    const byLogits = sides.flatMap((side, s) => {
      const byDistance = -scale.box * score * (s < 2 ? -1 : 1) * fit.grad[s];
      return decodeGrad(side).map(
        (factor, j) => byDistance * factor + (scale.dfl * score * losses[s].grad[j]) / 4,
      );
    });
    const dfl = losses.reduce((sum, { value }) => sum + value, 0) / 4;
    return { box: score * (1 - fit.value), dfl: score * dfl, byLogits };
  }

  describe.each(layouts)('%s', (layout) => {
    it.each(cases)('%s, R = %d: sums and gradients of the reference', async (kind, regMax) => {
      for (const count of [1, 15, 16, 17, 70]) {
        const batch = 2;
        const mean = regMax === 1 ? 2 : 0;
        const size = batch * (4 * regMax + numClasses) * cells;
        const data = normal({ seed: count, mean, std: 1.5 }, size);
        const positives = randomPositives(count, batch, regMax);
        const { sums, grads, at } = await regress(layout, regMax, kind, data, positives);
        const expected = positives.map((positive) => reference(regMax, kind, data, positive));
        const sumOf = (name: 'box' | 'dfl') => expected.reduce((sum, term) => sum + term[name], 0);
        expectClose('box', sums.box, sumOf('box'), SUM_BOUND);
        expectClose('dfl', sums.dfl, sumOf('dfl'), SUM_BOUND);
        const computed = positives.flatMap(({ image, cell }) =>
          Array.from({ length: 4 * regMax }, (_, channel) => grads[at(image, channel, cell)]),
        );
        expectCloseL2(
          'grads',
          computed,
          expected.flatMap(({ byLogits }) => byLogits),
          GRAD_BOUND,
        );
        positives.forEach(({ image, cell, channel, classSlope }) => {
          expect(grads[at(image, channel, cell)]).toBe(classSlope);
        });
        const written = count * (4 * regMax + 1);
        expect(grads.filter((value) => value !== 0).length).toBeLessThanOrEqual(written);
      }
    });
  });

  it.each([Number.NaN, Infinity])(
    '%d in a box logit: both sums and its box are NaN',
    async (bad) => {
      const data = normal({ seed: 2, mean: 0, std: 1 }, (32 + numClasses) * cells);
      const positives = randomPositives(3, 1, 8);
      data[9 * cells + positives[1].cell] = bad;
      const { sums, grads, at } = await regress('nchw', 8, 'ciou', data, positives);
      expect([sums.box, sums.dfl]).toEqual([Number.NaN, Number.NaN]);
      const nanOf = ({ image, cell }: Positive) =>
        Array.from({ length: 32 }, (_, channel) => Number.isNaN(grads[at(image, channel, cell)]));
      expect(nanOf(positives[1]).every(Boolean)).toBe(true);
      expect(nanOf(positives[0]).some(Boolean)).toBe(false);
    },
  );

  it('a scale that is NaN: every gradient is', async () => {
    const data = normal({ seed: 2, mean: 0, std: 1 }, (32 + numClasses) * cells);
    const positives = randomPositives(2, 1, 8);
    const lost = { ...scale, box: Number.NaN, cls: Number.NaN, dfl: Number.NaN };
    const { grads, at } = await regress('nchw', 8, 'ciou', data, positives, lost);
    for (const { image, cell } of positives) {
      expect(grads[at(image, 5, cell)]).toBeNaN();
    }
  });
});
