import { describe, expect, it } from 'vitest';
import { ROTATED } from '../../src/backend/assign/rotated.ts';
import {
  type RotatedPositive,
  rotatedPositiveStruct,
} from '../../src/backend/webgpu/generated/criteria.ts';
import { partialStruct, sumsStruct } from '../../src/backend/webgpu/generated/shared.ts';
import { DEVICE_GEOMETRIES } from '../../src/backend/webgpu/geometry.ts';
import { recordFold, recordRegress, regressSlots } from '../../src/backend/webgpu/record.ts';
import { readSums } from '../../src/backend/webgpu/sums.ts';
import { angleTerm } from '../../src/reference/angle-term.ts';
import { decodeGrad, decodeSide, distributionFocalLoss } from '../../src/reference/dfl.ts';
import { probIou, type RotatedBox } from '../../src/reference/probiou.ts';
import {
  rotatedBoxAround,
  rotatedBoxGrad,
  rotatedDistancesTo,
} from '../../src/reference/rotated-boxes.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { floatsOf, oneLevel, PassRunner, sumVariants } from '../lib/gpu-pass.ts';
import { normal, uniforms } from '../lib/random.ts';

/** Relative error of sums; relative L2 error of gradients. Reached: 4.6e-8, 2.7e-7. */
const SUM_BOUND = 5e-7;
const GRAD_BOUND = 2e-6;

const numClasses = 2;
const [batch, height, width] = [2, 6, 7];
const cells = height * width;
const count = 70;
const scale = { box: 1.7, cls: 1, dfl: 0.6, angle: 0.8 };
/** Options of reference '8.4'. */
const boxLoss = {
  iou: 'probiou' as const,
  distance: 'l1' as const,
  distances: 'rotated' as const,
  covarianceFloor: 0.01,
};
/** A grid unit as a share of the image's width and height. */
const units = [1 / width, 1 / height];
const uniform = uniforms(5);

/** Positives, whose targets are distances to the sides of a box before it is rotated, grid units. */
const positives = Array.from({ length: count }, (_, i) => ({
  image: Math.floor(i / cells),
  cell: i % cells,
  score: Math.fround(uniform()),
  target: Array.from({ length: 4 }, () => uniform() * 8),
  angle: Math.PI * (uniform() - 0.25),
}));
const angles = Float32Array.from({ length: batch * cells }, () => Math.PI * (uniform() - 0.25));

function reference(
  regMax: number,
  data: Float32Array,
  { image, cell, score, target, angle }: (typeof positives)[0],
) {
  const channels = 4 * regMax + numClasses;
  const sides = [0, 1, 2, 3].map((side) =>
    decodeSide(
      Array.from(
        { length: regMax },
        (_, j) => data[(image * channels + side * regMax + j) * cells + cell],
      ),
    ),
  );
  const anchor = { x: 0, y: 0 } as never;
  const box = rotatedBoxAround(anchor, sides, angles[image * cells + cell]);
  const [l, t, r, b] = target;
  const truth: RotatedBox = [(r - l) / 2, (b - t) / 2, l + r, t + b, angle];
  const { value, grad } = probIou(box, truth, boxLoss.covarianceFloor);
  const weight = scale.box * score;
  const by = rotatedBoxGrad(anchor, box, grad.map((factor) => -weight * factor) as RotatedBox);
  const distances = rotatedDistancesTo(anchor, truth);
  const losses = sides.map((side, s) =>
    regMax > 1
      ? distributionFocalLoss(side, distances[s])
      : {
          value: units[s % 2] * Math.abs(side.distance - distances[s]),
          grad: [units[s % 2] * Math.sign(side.distance - distances[s])],
        },
  );
  const term = angleTerm(angles[image * cells + cell], truth);
  return {
    box: score * (1 - value),
    dfl: (score * losses.reduce((sum, loss) => sum + loss.value, 0)) / 4,
    angle: score * term.value,
    byAngle: by.angle + scale.angle * score * term.grad,
    bySides: sides.flatMap((side, s) =>
      decodeGrad(side).map(
        (factor, j) => by.sides[s] * factor + (scale.dfl * score * losses[s].grad[j]) / 4,
      ),
    ),
  };
}

describe.each(sumVariants)('rotatedRegress, subgroups %s', async (subgroups) => {
  const runner = await PassRunner.create(['rotatedRegress', 'fold'], { subgroups });

  it.each([16, 1])('R = %d: sums and gradients of the reference', async (regMax) => {
    const size = batch * (4 * regMax + numClasses) * cells;
    const data = normal({ seed: 9, mean: regMax === 1 ? 3 : 0, std: 1.2 }, size);
    const upright = oneLevel('nchw', { regMax, numClasses }, [batch, height, width], data);
    const predictions = { ...upright, geometry: ROTATED, boxTensors: [angles] };
    const rotated = { ...runner.upload(Float32Array.of(7, ...angles)), base: 1 };
    const place = { ...runner.placeOf(predictions, 3), boxTensors: [rotated] };
    const records = positives.map(({ target: [left, top, right, bottom], angle, ...own }, i) => {
      const ofClass = { channel: 4 * regMax, classSlope: -0.25 };
      const box = { ...own, ...ofClass, left, top, right, bottom };
      const { positiveOf } = DEVICE_GEOMETRIES.rotated;
      return positiveOf(box, angle, boxLoss.distances, count - 1 - i) as RotatedPositive;
    });
    const list = runner.upload(rotatedPositiveStruct.arrayOf(records));
    const slots = regressSlots(count);
    const partials = runner.upload(new Uint32Array(slots * (partialStruct.bytes / 4)));
    const sums = runner.upload(new Uint32Array(sumsStruct.bytes / 4));
    const grads = runner.upload(new Uint32Array(data.length));
    const byAngle = runner.upload(new Uint32Array(count));
    const own = { list, first: 0, count };
    const level = { ...grads, base: 0 };
    const to = { partials, slot: 0, level, boxGrads: [byAngle], nowhere: grads };
    const ofAngles = floatsOf(
      await runner.run(regMax, byAngle, (recorder) => {
        recordRegress(recorder, place, { boxLoss, scale }, own, to);
      }),
    );
    const read = await runner.run(regMax, sums, (recorder) => {
      recordFold(recorder, slots, partials, sums);
    });
    const after = floatsOf(await runner.run(regMax, grads, () => {}));
    const expected = positives.map((positive) => reference(regMax, data, positive));
    const { box, dfl, angle } = readSums(read.slice().buffer);
    const sumOf = (name: 'box' | 'dfl' | 'angle') =>
      expected.reduce((sum, term) => sum + term[name], 0);
    expectClose('box', box, sumOf('box'), SUM_BOUND);
    expectClose('dfl', dfl, sumOf('dfl'), SUM_BOUND);
    expectClose('angle', angle, sumOf('angle'), SUM_BOUND);
    const channels = 4 * regMax + numClasses;
    const computed = positives.flatMap(({ image, cell }) =>
      Array.from({ length: 4 * regMax }, (_, c) => after[(image * channels + c) * cells + cell]),
    );
    const bySides = expected.flatMap((term) => term.bySides);
    expectCloseL2('by distances', computed, bySides, GRAD_BOUND);
    expectCloseL2(
      'by angles',
      ofAngles.reverse(),
      expected.map((term) => term.byAngle),
      GRAD_BOUND,
    );
    expect(after[4 * regMax * cells]).toBe(-0.25);
  });
});
