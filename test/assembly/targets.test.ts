import { afterEach, describe, expect, it } from 'vitest';
import type { Box } from '../../src/reference/iou.ts';
import { prepareTargets } from '../../src/reference/targets.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';
import { boxKinds, randomBoxes } from '../lib/random-boxes.ts';

interface Grid {
  stride: number;
  height: number;
  width: number;
}

const memory = await KernelMemory.create();
const { kernels } = memory;
afterEach(() => memory.settle());

function prepared(bboxes: Float64Array, width: number, height: number) {
  const zeros = new Int32Array(bboxes.length / 4);
  return prepareTargets({ batchIdx: zeros, cls: zeros, bboxes }, 1, width, height)[0];
}

describe('prepareTargets', () => {
  it.each(lengths)('%d boxes: pixels and validity are the reference’s, exactly', (count) => {
    const frame = { width: 640, height: 384, stride: 8 };
    const xywh = randomBoxes('mixed', count, uniforms(count), frame);
    const boxes = memory.block(xywh);
    const valid = memory.block(new Uint8Array(count).fill(9));
    kernels.prepareTargets(boxes, valid, count, frame.width, frame.height);

    const expected = prepared(xywh, frame.width, frame.height);
    expect([...memory.f64(boxes, 4 * count)]).toEqual(expected.flatMap(({ box }) => box));
    const flags = expected.map(({ ignored }) => (ignored ? 0 : 1));
    expect([...memory.u8(valid, count)]).toEqual(flags);
  });

  it('a target is valid where its corners sum to more than 0, not at 0', () => {
    const xywh = [
      0, 0, 0, 0, -0.5, 0.5, 1, 1, 0.5, 0.5, -1, -1, -0.5, 0.625, 1, 1, 1e-300, 0, 1, 1,
    ];
    const boxes = memory.block(Float64Array.from(xywh));
    const valid = memory.block(new Uint8Array(5));
    kernels.prepareTargets(boxes, valid, 5, 32, 32);
    expect([...memory.u8(valid, 5)]).toEqual([0, 0, 1, 1, 0]);
  });
});

const grids: Grid[] = [
  { stride: 8, height: 5, width: 7 },
  { stride: 16, height: 1, width: 33 },
  { stride: 13, height: 9, width: 4 },
  { stride: 64, height: 1, width: 1 },
  { stride: 1, height: 17, width: 16 },
];

describe.each(grids)('candidates: $height×$width cells of $stride pixels', (grid) => {
  const [width, height] = [grid.width * grid.stride, grid.height * grid.stride];

  it.each(boxKinds)('%s boxes: the cells that a scan over all of them finds', (kind) => {
    for (const count of lengths) {
      const xywh = randomBoxes(kind, count, uniforms(count), { ...grid, width, height });
      const targets = prepared(xywh, width, height);
      expectScanned(
        targets.map(({ box }) => box),
        targets.map(({ ignored }) => (ignored ? 0 : 1)),
        grid,
      );
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
    expectScanned(boxes, new Array(boxes.length).fill(1), grid);
  });

  it('boxes of a million images’ size or as far away', () => {
    const far = 1e6 * Math.max(width, height);
    const edges = [-far, -1, width / 2, far, 2 * far];
    const boxes = edges.flatMap((a) => edges.map((b): Box => [a, a / 2, b, b / 2]));
    expectScanned(boxes, new Array(boxes.length).fill(1), grid);
  });

  it('ignored targets have no candidate', () => {
    const whole: Box = [-1, -1, width + 1, height + 1];
    expectScanned([whole], [0], grid);
  });
});

describe('candidates', () => {
  it('the rectangle is half-open, strictly inside, and marked in the cover', () => {
    const { cells, cover, total } = findCandidates([[4, 4, 28, 20]], [1], {
      stride: 8,
      height: 4,
      width: 4,
    });
    expect([...cells]).toEqual([1, 1, 3, 2]);
    expect([...cover]).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(total).toBe(2);
  });
});

function findCandidates(boxes: Box[], valid: number[], { stride, height, width }: Grid) {
  const count = boxes.length;
  const at = {
    boxes: memory.input(Float64Array.from(boxes.flat())),
    valid: memory.input(Uint8Array.from(valid)),
    cells: memory.block(new Int32Array(4 * count).fill(-7)),
    cover: memory.block(new Uint8Array(height * width)),
  };
  const total = kernels.candidates(
    at.boxes,
    at.valid,
    count,
    stride,
    height,
    width,
    at.cells,
    at.cover,
  );
  const cells = memory.i32(at.cells, 4 * count);
  const cover = memory.u8(at.cover, height * width);
  memory.settle();
  return { cells, cover, total };
}

/** Fails unless the kernel's rectangles hold just the cells whose centres are inside the boxes. */
function expectScanned(boxes: Box[], valid: number[], grid: Grid): void {
  const { cells, cover, total } = findCandidates(boxes, valid, grid);
  const scans = boxes.map((box, i) => (valid[i] ? scan(box, grid) : []));
  const found = boxes.map((_, i) => cellsOf(cells.subarray(4 * i, 4 * i + 4), grid));
  expect(found).toEqual(scans);
  expect(total).toBe(scans.flat().length);
  const covered = new Set(scans.flat());
  expect([...cover]).toEqual(Array.from(cover, (_, cell) => Number(covered.has(cell))));
}

function scan([x1, y1, x2, y2]: Box, { stride, height, width }: Grid): number[] {
  return Array.from({ length: height * width }, (_, cell) => cell).filter((cell) => {
    const x = ((cell % width) + 0.5) * stride;
    const y = (Math.floor(cell / width) + 0.5) * stride;
    return Math.min(x - x1, y - y1, x2 - x, y2 - y) > 1e-9;
  });
}

function cellsOf([x1, y1, x2, y2]: Int32Array, { width }: Grid): number[] {
  const cells: number[] = [];
  for (let y = y1; y < y2; y++) for (let x = x1; x < x2; x++) cells.push(y * width + x);
  return cells;
}
