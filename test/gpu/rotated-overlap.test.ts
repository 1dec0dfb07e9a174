import { expect, it } from 'vitest';
import { CRITERIA } from '../../src/backend/programs/criteria/program.ts';
import { Engine } from '../../src/backend/runtime/engine.ts';
import { compile, instantiate } from '../../src/backend/runtime/module.ts';
import { groupCandidates } from '../../src/backend/webgpu/candidates.ts';
import { rectanglesOf } from '../../src/backend/webgpu/image-candidates.ts';
import { recordOverlap } from '../../src/backend/webgpu/record.ts';
import { probIou, type RotatedBox } from '../../src/reference/probiou.ts';
import { rotatedBoxAround, scaleRotated } from '../../src/reference/rotated-boxes.ts';
import { validateTargets } from '../../src/validate/targets.ts';
import { expectClose } from '../lib/compare.ts';
import { floatsOf, oneLevel, PassRunner } from '../lib/gpu-pass.ts';
import { normal, uniforms } from '../lib/random.ts';
import { randomBoxes } from '../lib/random-boxes.ts';

/** Relative to the overlap, or a thousandth, as distances of Gaussians grow with what is left of it. Reached: 8.5e-7. */
const BOUND = 2e-6;
const LEAST = 1e-3;

const runner = await PassRunner.create(['rotatedOverlap']);
const module = await compile('test', CRITERIA, undefined, false);
const engine = new Engine(CRITERIA, await instantiate('test', CRITERIA, module, false), 0, 0);

const [batch, height, width, stride, regMax, numClasses] = [2, 20, 24, 8, 2, 3];
const cells = height * width;
const channels = 4 * regMax + numClasses;

/** Overlaps and class logits of all candidates, and where each is. */
async function overlap(
  given: { batchIdx: number[]; cls: number[]; bboxes: Float64Array },
  sides: Float32Array,
  angles: Float32Array,
) {
  const data = normal({ seed: 1, mean: 0, std: 3 }, batch * channels * cells);
  const upright = oneLevel('nchw', { regMax, numClasses, stride }, [batch, height, width], data);
  const predictions = { ...upright, angles };
  const targets = validateTargets('test', given, predictions);
  const group = { firstImage: 0, images: batch };
  // Few pairs a chunk, so that there are several.
  const candidates = groupCandidates(engine, predictions, targets, group, cells);
  const distances = runner.upload(sides);
  const padded = Float32Array.of(Number.NaN, ...angles);
  const place = {
    ...runner.placeOf(predictions, 3),
    angles: { ...runner.upload(padded), base: 1 },
  };
  const chunks = await Promise.all(
    candidates.chunks.map(async (chunk) => {
      const metrics = runner.upload(new Uint32Array(chunk.pairs * 2));
      const rows = runner.upload(chunk.rows);
      return runner.run(regMax, metrics, (recorder) => {
        recordOverlap(recorder, place, chunk, rows, distances, metrics);
      });
    }),
  );
  const pairs = candidates.images.flatMap((own, image) =>
    Array.from({ length: own.count }, (_, t) => {
      const values = floatsOf(chunks[own.chunk[t]] ?? new Uint32Array(0));
      const row = targets.offsets[image] + t;
      let at = own.slot[t];
      return rectanglesOf(own, 0, t).flatMap(([x1, y, x2]) =>
        Array.from({ length: x2 - x1 }, (_, i) => ({
          image,
          x: x1 + i,
          y,
          target: targets.source[row],
          value: values[at],
          logit: values[values.length / 2 + at++],
          channel: 4 * regMax + targets.cls[row],
        })),
      );
    }).flat(),
  );
  return { data, pairs };
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
  const { data, pairs } = await overlap(given, sides, angles);
  expect(pairs.length).toBeGreaterThan(1000);
  for (const { image: b, x, y, target, value, logit, channel } of pairs) {
    const cell = b * cells + y * width + x;
    const own = [...sides.subarray(4 * cell, 4 * cell + 4)].map((distance) => ({ distance }));
    const anchor = { x: x + 0.5, y: y + 0.5 };
    const pred = rotatedBoxAround(anchor as never, own as never, angles[cell]);
    const [cx, cy, w, h, angle] = given.bboxes.subarray(5 * target, 5 * target + 5);
    const goal: RotatedBox = [
      cx * image.width,
      cy * image.height,
      w * image.width,
      h * image.height,
      angle,
    ];
    const expected = Math.max(probIou(scaleRotated(pred, stride), goal).value, 0);
    expectClose(`target ${target}, cell ${cell}`, value, expected, BOUND, LEAST);
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
  const lost = pairs.filter(({ value }) => Number.isNaN(value)).map(({ x, y }) => y * width + x);
  expect(lost).toEqual([3, 5, 7, 9, 11]);
});
