import { afterEach, describe, expect, it } from 'vitest';
import { ROTATED } from '../../src/backend/assign/rotated.ts';
import type { SmallTargets } from '../../src/defaults.ts';
import type { RotatedBox } from '../../src/reference/probiou.ts';
import { grownSide } from '../../src/reference/small-targets.ts';
import {
  centresOf,
  expectCandidates,
  findCandidates,
  type Grid,
  grids,
} from '../lib/candidates.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';
import { recordOf } from '../lib/rotated-record.ts';

/** Record of an ignored target. */
const IGNORED: number[] = new Array(ROTATED.recordNumbers).fill(0);

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

/**
 * Fails unless the rectangles, each of one row, hold just the cells that the reference calls candidates.
 */
function expectScanned(boxes: RotatedBox[], grid: Grid, growth?: SmallTargets): void {
  const scans = boxes.map((box) => {
    if (!(box.reduce((sum, number) => sum + number) > 0)) return [];
    const [centreX, centreY, , , angle] = box;
    const [w, h] = [box[2], box[3]].map((side) => grownSide(side, growth ?? false));
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const cells = centresOf(grid).filter(({ x, y }) => {
      const [dx, dy] = [x - centreX, y - centreY];
      const [along, across] = [dx * cos + dy * sin, dy * cos - dx * sin];
      return Math.abs(along) <= w / 2 && Math.abs(across) <= h / 2;
    });
    return cells.map(({ cell }) => cell);
  });
  const records = boxes.map(recordOf);
  expectCandidates(memory, ROTATED, records, grid, scans, growth);
  const { rectangles } = findCandidates(memory, ROTATED, records, grid, growth);
  for (const [, y1, , y2] of rectangles) expect(y2).toBe(y1 + 1);
}

const quarters = [0, 0.5, 1, -0.5, 1.5, 2, 0.25, -0.25].map((turn) => turn * Math.PI);

describe.each([...grids, { stride: 8, height: 80, width: 80 }])(
  'rotatedCandidates: $height×$width cells of $stride pixels',
  (grid) => {
    const [width, height] = [grid.width * grid.stride, grid.height * grid.stride];

    it.each(lengths)('%d boxes of any shape and angle: the cells that a scan finds', (count) => {
      const uniform = uniforms(count);
      const boxes = Array.from({ length: count }, (): RotatedBox => {
        const [w, h] = [uniform() ** 2 * 1.5 * width, uniform() ** 2 * 1.5 * height];
        const centre = (size: number) => size * (1.4 * uniform() - 0.2);
        return [centre(width), centre(height), w, h, 7 * (uniform() - 0.5)];
      });
      expectScanned(boxes, grid);
      const { stride } = grid;
      expectScanned(boxes, grid, { below: 2 * stride, growTo: 2 * stride });
      expectScanned(boxes, grid, { below: stride, growTo: 3.5 * stride });
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
      expectScanned(boxes, grid);
    });

    it('angles next to a quarter turn, where a border runs along a row', () => {
      const boxes = [1e-17, 1e-16, 1e-12, 1e-9, 1e-6, 1e-3].flatMap((tilt) =>
        [tilt, -tilt, Math.PI / 2 + tilt, Math.PI / 2 - tilt].map(
          (angle): RotatedBox => [width / 2, grid.stride / 2, width, 2 * grid.stride, angle],
        ),
      );
      expectScanned(boxes, grid);
    });

    it('boxes of a million images’ size or as far away', () => {
      const far = 1e6 * Math.max(width, height);
      const boxes = quarters.flatMap((angle): RotatedBox[] => [
        [far, far, far, far, angle],
        [width / 2, height / 2, far, 3, angle],
        [width / 2, height / 2, far, far, angle + 0.3],
        [-far, height / 2, far, far, angle],
      ]);
      expectScanned(boxes, grid);
    });

    it('ignored targets have no candidate, also between others', () => {
      const size = 2 * (width + height);
      const whole = recordOf([width / 2, height / 2, size, size, 0.4]);
      const { ends, cover, total } = findCandidates(memory, ROTATED, [IGNORED], grid);
      expect({ ends, total }).toEqual({ ends: [0], total: 0 });
      expect(cover.every((flag) => flag === 0)).toBe(true);
      const cells = grid.height * grid.width;
      const all = Array.from({ length: cells }, (_, cell) => cell);
      expectCandidates(memory, ROTATED, [IGNORED, whole, IGNORED, whole], grid, [[], all, [], all]);
    });
  },
);

describe('rotatedCandidates', () => {
  const grid = { stride: 8, height: 4, width: 4 };

  it('a target has candidates where its five numbers sum to more than 0, not at 0', () => {
    const boxes = [-48, -47.5, -48.5].map((angle) => recordOf([8, 8, 16, 16, angle]));
    const { ends } = findCandidates(memory, ROTATED, boxes, grid);
    expect([ends[0], ends[1] > 0, ends[2] - ends[1]]).toEqual([0, true, 0]);
  });

  it('without the border, cells on it do not count', () => {
    // Centres at 4, 12, 20 and 28; 16 pixels around 12 reach from 4 to 20
    const square = [recordOf([12, 12, 16, 16, 0]), recordOf([12, 12, 16, 16, Math.PI / 2])];
    expect(findCandidates(memory, ROTATED, square, grid).total).toBe(18);
    const { rectangles } = findCandidates(memory, ROTATED, square, grid, undefined, false);
    expect(rectangles).toEqual([
      [1, 1, 2, 2],
      [1, 1, 2, 2],
    ]);
  });
});
