import { afterEach, describe, expect, it } from 'vitest';
import type { RotatedBox } from '../../src/reference/probiou.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';

interface Grid {
  stride: number;
  height: number;
  width: number;
}

const memory = await KernelMemory.create();
const { kernels } = memory;
afterEach(() => memory.settle());

function findCandidates(boxes: RotatedBox[], valid: number[], { stride, height, width }: Grid) {
  const count = boxes.length;
  const rows = boxes.map((box) => [...box, Math.cos(box[4]), Math.sin(box[4])]);
  const at = {
    boxes: memory.input(Float64Array.from(rows.flat())),
    valid: memory.input(Uint8Array.from(valid)),
    rectangles: memory.block(new Int32Array(4 * count * height)),
    ends: memory.block(new Int32Array(count).fill(-7)),
    cover: memory.block(new Uint8Array(height * width)),
  };
  const total = kernels.rotatedCandidates(
    at.boxes,
    at.valid,
    count,
    stride,
    height,
    width,
    at.rectangles,
    at.ends,
    at.cover,
  );
  const ends = [...memory.i32(at.ends, count)];
  const rectangles = memory.i32(at.rectangles, 4 * (ends.at(-1) ?? 0));
  const cover = [...memory.u8(at.cover, height * width)];
  memory.settle();
  return { ends, rectangles, cover, total };
}

/** Fails unless the rectangles hold just the cells that a look at each of them finds. */
function expectScanned(boxes: RotatedBox[], valid: number[], grid: Grid): void {
  const { ends, rectangles, cover, total } = findCandidates(boxes, valid, grid);
  const found = boxes.map((_, i) => {
    const own = [...rectangles.subarray(4 * (ends[i - 1] ?? 0), 4 * ends[i])];
    const cells: number[] = [];
    for (let r = 0; r < own.length; r += 4) {
      const [x1, y1, x2, y2] = own.slice(r, r + 4);
      expect(y2).toBe(y1 + 1);
      expect(x2).toBeGreaterThan(x1);
      for (let x = x1; x < x2; x++) cells.push(y1 * grid.width + x);
    }
    return cells;
  });
  const scans = boxes.map((box, i) => (valid[i] ? scan(box, grid) : []));
  expect(found).toEqual(scans);
  expect(total).toBe(scans.flat().length);
  const covered = new Set(scans.flat());
  expect(cover).toEqual(cover.map((_, cell) => Number(covered.has(cell))));
}

/** As the reference defines a candidate. */
function scan([centreX, centreY, w, h, angle]: RotatedBox, { stride, height, width }: Grid) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return Array.from({ length: height * width }, (_, cell) => cell).filter((cell) => {
    const dx = ((cell % width) + 0.5) * stride - centreX;
    const dy = (Math.floor(cell / width) + 0.5) * stride - centreY;
    const [along, across] = [dx * cos + dy * sin, dy * cos - dx * sin];
    return Math.abs(along) <= w / 2 && Math.abs(across) <= h / 2;
  });
}

const grids: Grid[] = [
  { stride: 8, height: 5, width: 7 },
  { stride: 16, height: 1, width: 33 },
  { stride: 13, height: 9, width: 4 },
  { stride: 64, height: 1, width: 1 },
  { stride: 1, height: 17, width: 16 },
  { stride: 8, height: 80, width: 80 },
];
const quarters = [0, 0.5, 1, -0.5, 1.5, 2, 0.25, -0.25].map((turn) => turn * Math.PI);

describe.each(grids)('rotatedCandidates: $height×$width cells of $stride pixels', (grid) => {
  const [width, height] = [grid.width * grid.stride, grid.height * grid.stride];

  it.each(lengths)('%d boxes of any shape and angle: the cells that a scan finds', (count) => {
    const uniform = uniforms(count);
    const boxes = Array.from({ length: count }, (): RotatedBox => {
      const [w, h] = [uniform() ** 2 * 1.5 * width, uniform() ** 2 * 1.5 * height];
      const centre = (size: number) => size * (1.4 * uniform() - 0.2);
      return [centre(width), centre(height), w, h, 7 * (uniform() - 0.5)];
    });
    expectScanned(boxes, new Array(count).fill(1), grid);
  });

  it('borders on cell centres count, at every quarter and eighth of a turn', () => {
    const centre = (cell: number) => (cell + 0.5) * grid.stride;
    const boxes = quarters.flatMap((angle) =>
      [0, 1, 2, 3].flatMap((i): RotatedBox[] => [
        [centre(i), centre(1), 2 * grid.stride, grid.stride * i, angle],
        [centre(i) + grid.stride / 2, centre(0), 3 * grid.stride, grid.stride, angle],
        [centre(i), centre(0), 0, 0, angle],
      ]),
    );
    expectScanned(boxes, new Array(boxes.length).fill(1), grid);
  });

  it('angles next to a quarter turn, where a border runs along a row', () => {
    const boxes = [1e-17, 1e-16, 1e-12, 1e-9, 1e-6, 1e-3].flatMap((tilt) =>
      [tilt, -tilt, Math.PI / 2 + tilt, Math.PI / 2 - tilt].map(
        (angle): RotatedBox => [width / 2, grid.stride / 2, width, 2 * grid.stride, angle],
      ),
    );
    expectScanned(boxes, new Array(boxes.length).fill(1), grid);
  });

  it('boxes of a million images’ size or as far away', () => {
    const far = 1e6 * Math.max(width, height);
    const boxes = quarters.flatMap((angle): RotatedBox[] => [
      [far, far, far, far, angle],
      [width / 2, height / 2, far, 3, angle],
      [width / 2, height / 2, far, far, angle + 0.3],
      [-far, height / 2, far, far, angle],
    ]);
    expectScanned(boxes, new Array(boxes.length).fill(1), grid);
  });

  it('ignored targets have no candidate, also between others', () => {
    const whole: RotatedBox = [width / 2, height / 2, 2 * width, 2 * height, 0.4];
    expectScanned([whole, whole, whole], [1, 0, 1], grid);
  });
});
