import { afterEach, describe, expect, it } from 'vitest';
import { UPRIGHT } from '../../src/backend/assign/upright.ts';
import type { SmallTargets } from '../../src/defaults.ts';
import type { Box } from '../../src/reference/iou.ts';
import { grownBox } from '../../src/reference/small-targets.ts';
import { prepareTargets } from '../../src/reference/targets.ts';
import {
  centresOf,
  expectCandidates,
  findCandidates,
  type Grid,
  grids,
} from '../lib/candidates.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';
import { boxKinds, randomBoxes } from '../lib/random-boxes.ts';

/** Record of an ignored target. */
const IGNORED: Box = [0, 0, 0, 0];

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

/** Fails unless the rectangles hold just the cells whose centres are inside the boxes; at most one rectangle a target. */
function expectScanned(boxes: Box[], grid: Grid, growth?: SmallTargets): void {
  const scans = boxes.map((box) => {
    if (!(box[0] + box[1] + box[2] + box[3] > 0)) return [];
    const [x1, y1, x2, y2] = grownBox(box, growth ?? false);
    return centresOf(grid)
      .filter(({ x, y }) => Math.min(x - x1, y - y1, x2 - x, y2 - y) > 1e-9)
      .map(({ cell }) => cell);
  });
  expectCandidates(memory, UPRIGHT, boxes, grid, scans, growth);
}

describe.each(grids)('uprightCandidates: $height×$width cells of $stride pixels', (grid) => {
  const [width, height] = [grid.width * grid.stride, grid.height * grid.stride];
  const whole: Box = [-1, -1, width + 1, height + 1];

  it.each(boxKinds)('%s boxes: the cells that a scan over all of them finds', (kind) => {
    for (const count of lengths) {
      const bboxes = randomBoxes(kind, count, uniforms(count), { ...grid, width, height });
      const zeros = new Int32Array(count);
      const [targets] = prepareTargets({ batchIdx: zeros, cls: zeros, bboxes }, 1, width, height);
      const records = targets.map(({ box, ignored }) => (ignored ? IGNORED : box));
      expectScanned(records, grid);
      const { stride } = grid;
      expectScanned(records, grid, { below: 2 * stride, growTo: 2 * stride });
      expectScanned(records, grid, { below: stride, growTo: 3.5 * stride });
    }
  });

  it('edges within ±2e-9 of a cell’s centre are told apart at 1e-9, also of boxes of no area', () => {
    const first = 0.5 * grid.stride;
    const boxes = [-2, -1.01, -1, -0.99, -0.5, 0, 0.5, 0.99, 1, 1.01, 2].flatMap((nano): Box[] => {
      const [d, x, y] = [nano * 1e-9, width - first, height - first];
      return [
        [first + d, first + d, width, height],
        [-1, -1, x + d, y + d],
        [first + d, first - d, x + d, y - d],
        [first + d, -1, first + d, height + 1],
        [-1, y + d, width + 1, y + d],
      ];
    });
    expectScanned(boxes, grid);
  });

  it('boxes of a million images’ size or as far away', () => {
    const far = 1e6 * Math.max(width, height);
    const edges = [-far, -1, width / 2, far, 2 * far];
    const boxes = edges.flatMap((a) => edges.map((b): Box => [a, a / 2, b, b / 2]));
    expectScanned(boxes, grid);
  });

  it('ignored targets have no candidate, also between others', () => {
    expect(findCandidates(memory, UPRIGHT, [IGNORED], grid).total).toBe(0);
    const { ends } = findCandidates(memory, UPRIGHT, [whole, IGNORED, whole], grid);
    expect(ends).toEqual([1, 1, 2]);
    expectScanned([IGNORED, whole, IGNORED, whole], grid);
  });
});

describe('uprightCandidates', () => {
  it('a box has candidates where its sum is above 0, not at 0', () => {
    const grid = { stride: 8, height: 4, width: 4 };
    const boxes: Box[] = [
      [-40, -40, 36, 44],
      [-40, -40, 36, 44 + 2 ** -40],
      [-40, -40, 36, 43],
    ];
    expect(findCandidates(memory, UPRIGHT, boxes, grid).ends).toEqual([0, 1, 1]);
  });

  it('the rectangle is half-open, strictly inside, and marked in the cover', () => {
    const grid = { stride: 8, height: 4, width: 4 };
    const found = findCandidates(memory, UPRIGHT, [[4, 4, 28, 20]], grid);
    expect(found.rectangles).toEqual([[1, 1, 3, 2]]);
    expect(found.cover).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(found.total).toBe(2);
  });
});
