import { describe, expect, it } from 'vitest';
import { CRITERIA } from '../../src/backend/programs/criteria/program.ts';
import { Engine } from '../../src/backend/runtime/engine.ts';
import { compile, instantiate } from '../../src/backend/runtime/module.ts';
import { groupCandidates } from '../../src/backend/webgpu/candidates.ts';
import { recordOverlap } from '../../src/backend/webgpu/record.ts';
import { type Box, boxSimilarity } from '../../src/reference/iou.ts';
import { validateTargets } from '../../src/validate/targets.ts';
import { expectClose } from '../lib/compare.ts';
import { floatsOf, layouts, oneLevel, PassRunner } from '../lib/gpu-pass.ts';
import { normal, uniforms } from '../lib/random.ts';
import { boxKinds, randomBoxes } from '../lib/random-boxes.ts';

/** Absolute: overlaps are at most 1. Reached: 3.2e-7. */
const BOUND = 6e-7;

const runner = await PassRunner.create(['overlap']);
const module = await compile('test', CRITERIA, undefined, false);
const engine = new Engine(CRITERIA, await instantiate('test', CRITERIA, module, false), 0, 0);

describe.each(layouts)('overlap, %s', (layout) => {
  it.each(boxKinds)(
    `%s boxes: within ${BOUND} of the reference, logits to the bit`,
    async (kind) => {
      const [batch, height, width, stride, regMax, numClasses] = [2, 20, 24, 8, 2, 5];
      const cells = height * width;
      const channels = 4 * regMax + numClasses;
      const data = normal({ seed: 1, mean: 0, std: 3 }, batch * channels * cells);
      const predictions = oneLevel(layout, { regMax, numClasses }, [batch, height, width], data);
      const uniform = uniforms(7);
      const count = 30;
      const image = { width: width * stride, height: height * stride, stride };
      const given = {
        batchIdx: Array.from({ length: count }, () => Math.floor(uniform() * batch)),
        cls: Array.from({ length: count }, () => Math.floor(uniform() * numClasses)),
        bboxes: randomBoxes(kind, count, uniform, image),
      };
      const targets = validateTargets('test', given, predictions);
      const sides = normal({ seed: 3, mean: 4, std: 3 }, batch * cells * 4);
      const group = { firstImage: 0, images: batch };
      // Few pairs a chunk, so that there are several.
      const candidates = groupCandidates(engine, predictions, targets, group, 1.5 * cells);
      const distances = runner.upload(sides);
      const place = runner.placeOf(predictions, 3);
      const read = await Promise.all(
        candidates.chunks.map((chunk) => {
          const metrics = runner.upload(new Uint32Array(chunk.pairs * 2));
          const rows = runner.upload(chunk.rows);
          return runner.run(regMax, metrics, (recorder) => {
            recordOverlap(recorder, place, chunk, rows, distances, metrics);
          });
        }),
      );
      candidates.images.forEach((own, b) => {
        for (let t = 0; t < own.count; t++) {
          const values = floatsOf(read[own.chunk[t]] ?? new Uint32Array(0));
          const [x1, y1, x2, y2] = own.cells[0].subarray(4 * t, 4 * t + 4);
          const target = [...own.boxes.subarray(4 * t, 4 * t + 4)] as Box;
          const channel = 4 * regMax + targets.cls[targets.offsets[b] + t];
          let at = own.slot[t];
          for (let y = y1; y < y2; y++) {
            for (let x = x1; x < x2; x++, at++) {
              const cell = y * width + x;
              const [l, top, r, bottom] = sides.subarray((b * cells + cell) * 4).slice(0, 4);
              const [cx, cy] = [(x + 0.5) * stride, (y + 0.5) * stride];
              const pred: Box = [
                cx - l * stride,
                cy - top * stride,
                cx + r * stride,
                cy + bottom * stride,
              ];
              const { value } = boxSimilarity('ciou', pred, target);
              expectClose(`cell ${cell}`, values[at], Math.max(value, 0), BOUND, 1);
              expect(values[values.length / 2 + at]).toBe(
                data[(b * channels + channel) * cells + cell],
              );
            }
          }
        }
      });
    },
  );

  it('a distance that is NaN or infinite gives NaN', async () => {
    const predictions = oneLevel(
      layout,
      { regMax: 1, numClasses: 1 },
      [1, 1, 3],
      new Float32Array(15),
    );
    const given = { batchIdx: [0], cls: [0], bboxes: [0.5, 0.5, 1, 1] };
    const targets = validateTargets('test', given, predictions);
    const group = { firstImage: 0, images: 1 };
    const { chunks } = groupCandidates(engine, predictions, targets, group, 100);
    const sides = Float32Array.of(1, 1, Number.NaN, 1, 1, Infinity, 1, 1, 1, 0.5, 1, 0.5);
    const metrics = runner.upload(new Uint32Array(6));
    const [distances, rows] = [runner.upload(sides), runner.upload(chunks[0].rows)];
    const place = runner.placeOf(predictions);
    const words = await runner.run(1, metrics, (recorder) => {
      recordOverlap(recorder, place, chunks[0], rows, distances, metrics);
    });
    expect([...words.subarray(0, 2)]).toEqual([0x7fc00000, 0x7fc00000]);
    expect(floatsOf(words)[2]).toBeGreaterThan(0.1);
  });
});
