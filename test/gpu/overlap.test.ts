import { describe, expect, it } from 'vitest';
import { OVERLAP_KINDS } from '../../src/kinds.ts';
import { type Box, boxSimilarity } from '../../src/reference/iou.ts';
import { validateTargets } from '../../src/validate/targets.ts';
import { expectClose } from '../lib/compare.ts';
import { overlapPairs } from '../lib/gpu-overlap.ts';
import { layouts, oneLevel, PassRunner } from '../lib/gpu-pass.ts';
import { normal, uniforms } from '../lib/random.ts';
import { boxKinds, randomBoxes } from '../lib/random-boxes.ts';

/** Absolute error: overlaps are at most 1. Reached: 3.4e-7. */
const BOUND = 6e-7;

const runner = await PassRunner.create(['overlap']);
const cases = OVERLAP_KINDS.flatMap((overlap) =>
  boxKinds.map((boxes) => [overlap, boxes] as const),
);

describe.each(layouts)('overlap, %s', (layout) => {
  it.each(cases)(
    `%s of %s boxes: within ${BOUND} of the reference, logits to the bit`,
    async (overlap, boxes) => {
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
        bboxes: randomBoxes(boxes, count, uniform, image),
      };
      const targets = validateTargets('test', given, predictions);
      const sides = normal({ seed: 3, mean: 4, std: 3 }, batch * cells * 4);
      const place = runner.placeOf(predictions, 3);
      // Few pairs a chunk, so that there are several chunks
      const pairs = await overlapPairs(runner, place, targets, overlap, sides, 1.5 * cells);
      for (const pair of pairs) {
        const cell = pair.y * width + pair.x;
        const [l, t, r, b] = sides.subarray(4 * (pair.image * cells + cell));
        const [cx, cy] = [(pair.x + 0.5) * stride, (pair.y + 0.5) * stride];
        const pred: Box = [cx - l * stride, cy - t * stride, cx + r * stride, cy + b * stride];
        const [x, y, w, h] = targets.boxes.subarray(4 * pair.row);
        const [left, top] = [(x - w / 2) * image.width, (y - h / 2) * image.height];
        const [right, bottom] = [(x + w / 2) * image.width, (y + h / 2) * image.height];
        const { value } = boxSimilarity(overlap, pred, [left, top, right, bottom]);
        expectClose(`cell ${cell}`, pair.overlap, Math.max(value, 0), BOUND, 1);
        const channel = 4 * regMax + targets.cls[pair.row];
        expect(pair.logit).toBe(data[(pair.image * channels + channel) * cells + cell]);
      }
    },
  );

  it.each(OVERLAP_KINDS)('%s: a distance that is NaN or infinite gives NaN', async (overlap) => {
    const options = { regMax: 1, numClasses: 1 };
    const predictions = oneLevel(layout, options, [1, 1, 3], new Float32Array(15));
    const given = { batchIdx: [0], cls: [0], bboxes: [0.5, 0.5, 1, 1] };
    const targets = validateTargets('test', given, predictions);
    const sides = Float32Array.of(1, 1, Number.NaN, 1, 1, Infinity, 1, 1, 1, 0.5, 1, 0.5);
    const place = runner.placeOf(predictions);
    const pairs = await overlapPairs(runner, place, targets, overlap, sides, 100);
    expect(pairs.slice(0, 2).map(({ bits }) => bits)).toEqual([0x7fc00000, 0x7fc00000]);
    expect(pairs[2].overlap).toBeGreaterThan(0.1);
  });
});
