import { expect, it } from 'vitest';
import { ROTATED } from '../../src/backend/assign/rotated.ts';
import { probIou, type RotatedBox } from '../../src/reference/probiou.ts';
import { rotatedBoxAround, scaleRotated } from '../../src/reference/rotated-boxes.ts';
import { validateTargets } from '../../src/validate/targets.ts';
import { expectClose } from '../lib/compare.ts';
import { overlapPairs } from '../lib/gpu-overlap.ts';
import { oneLevel, PassRunner } from '../lib/gpu-pass.ts';
import { normal, uniforms } from '../lib/random.ts';
import { randomBoxes } from '../lib/random-boxes.ts';

/**
 * Error relative to the overlap, or to a thousandth, as distances of Gaussians grow with what is left of it. Reached:
 * 8.5e-7.
 */
const BOUND = 2e-6;
const LEAST = 1e-3;

const runner = await PassRunner.create(['rotatedOverlap']);

const [batch, height, width, stride, regMax, numClasses] = [2, 20, 24, 8, 2, 3];
const cells = height * width;
const channels = 4 * regMax + numClasses;

/** Computes overlaps and class logits of all candidates. */
async function overlap(
  given: { batchIdx: number[]; cls: number[]; bboxes: Float64Array },
  sides: Float32Array,
  angles: Float32Array,
) {
  const data = normal({ seed: 1, mean: 0, std: 3 }, batch * channels * cells);
  const upright = oneLevel('nchw', { regMax, numClasses, stride }, [batch, height, width], data);
  const predictions = { ...upright, geometry: ROTATED, boxTensors: [angles] };
  const targets = validateTargets('test', given, predictions);
  const padded = runner.upload(Float32Array.of(Number.NaN, ...angles));
  const place = { ...runner.placeOf(predictions, 3), boxTensors: [{ ...padded, base: 1 }] };
  // Few pairs a chunk, so that there are several chunks
  const pairs = await overlapPairs(runner, place, targets, 'probiou', sides, cells);
  return { data, targets, pairs };
}

it(`rotatedOverlap: within ${BOUND} of the reference's ProbIoU, logits to the bit`, async () => {
  const uniform = uniforms(7);
  const count = 30;
  const image = { width: width * stride, height: height * stride, stride };
  const boxes = randomBoxes('mixed', count, uniform, image);
  const truth = Array.from({ length: count }, () => Math.PI * (uniform() - 0.25));
  const given = {
    batchIdx: Array.from({ length: count }, () => Math.floor(uniform() * batch)),
    cls: Array.from({ length: count }, () => Math.floor(uniform() * numClasses)),
    bboxes: Float64Array.from(truth.flatMap((a, n) => [...boxes.subarray(4 * n, 4 * n + 4), a])),
  };
  const sides = normal({ seed: 3, mean: 4, std: 3 }, batch * cells * 4);
  const angles = Float32Array.from({ length: batch * cells }, () => Math.PI * (uniform() - 0.25));
  const { data, targets, pairs } = await overlap(given, sides, angles);
  expect(pairs.length).toBeGreaterThan(1000);
  for (const { image: b, x, y, row, overlap: value, logit } of pairs) {
    const cell = b * cells + y * width + x;
    const target = targets.source[row];
    const own = [...sides.subarray(4 * cell, 4 * cell + 4)].map((distance) => ({ distance }));
    const anchor = { x: x + 0.5, y: y + 0.5 };
    const pred = rotatedBoxAround(anchor as never, own as never, angles[cell]);
    const [cx, cy, w, h, angle] = given.bboxes.subarray(5 * target, 5 * target + 5);
    const box: RotatedBox = [
      cx * image.width,
      cy * image.height,
      w * image.width,
      h * image.height,
      angle,
    ];
    const expected = Math.max(probIou(scaleRotated(pred, stride), box).value, 0);
    expectClose(`target ${target}, cell ${cell}`, value, expected, BOUND, LEAST);
    const channel = 4 * regMax + targets.cls[row];
    expect(logit).toBe(data[(b * channels + channel) * cells + y * width + x]);
  }
});

it('rotatedOverlap: a distance or an angle that is NaN or infinite gives NaN', async () => {
  const given = { batchIdx: [0], cls: [0], bboxes: Float64Array.of(0.5, 0.5, 1, 1, 0) };
  const sides = new Float32Array(batch * cells * 4).fill(2);
  const angles = new Float32Array(batch * cells).fill(1);
  sides[4 * 3 + 2] = Number.NaN;
  sides[4 * 5] = Infinity;
  [angles[7], angles[9], angles[11]] = [Number.NaN, Infinity, -Infinity];
  const { pairs } = await overlap(given, sides, angles);
  const lost = pairs
    .filter(({ overlap: value }) => Number.isNaN(value))
    .map(({ x, y }) => y * width + x);
  expect(lost).toEqual([3, 5, 7, 9, 11]);
});
