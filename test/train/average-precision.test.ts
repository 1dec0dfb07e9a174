import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../package/lib/root.ts';
import { load } from './lib/example.ts';

const { meanAveragePrecision } = await load('lib/average-precision.mjs');

describe('meanAveragePrecision', () => {
  it('is that of pycocotools, with ties of scores, wrong classes and images without a box', async () => {
    // Random boxes, and what COCOeval of pycocotools 2.0.11 gives for them
    const file = join(ROOT, 'test/fixtures/coco-map.json');
    const { truths, detections, map50, map } = JSON.parse(await readFile(file, 'utf8'));
    const found = meanAveragePrecision(detections, truths);
    expect(found.map50).toBeCloseTo(map50, 12);
    expect(found.map).toBeCloseTo(map, 12);
  });

  it("is that of TorchMetrics' documentation for its example: IoU 0.776, enough for six of ten thresholds", () => {
    // lightning.ai/docs/torchmetrics/stable/detection/mean_average_precision.html
    const detection = { left: 258, top: 41, right: 606, bottom: 285, label: 0, score: 0.536 };
    const truth = { left: 214, top: 41, right: 562, bottom: 285, label: 0 };
    const { map50, map } = meanAveragePrecision([[detection]], [[truth]]);
    expect(map50).toBe(1);
    expect(map).toBeCloseTo(0.6, 12);
  });
});
