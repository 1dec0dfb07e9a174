import { afterEach, describe, expect, it } from 'vitest';
import { decodeSide } from '../../src/reference/dfl.ts';
import { expectClose } from '../lib/compare.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { normal, uniforms } from '../lib/random.ts';

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

/** Error relative to the number of bins. Reached: 3.3e-7. */
const BOUND = 4e-7;
/** Value that stands where nothing may be written. */
const UNTOUCHED = -12345;
/** Class channels behind the 4·R of a cell, NHWC; odd, so that cells are at no multiple of a vector. */
const CLASSES = 3;

interface Side {
  bins: number;
  cells: number;
  /** Logit of a bin of a cell. */
  logit(cell: number, bin: number): number;
  /** [cells] */
  cover: number[];
}

/** The logits' pitches from bin to bin and from cell to cell, in floats. */
const layouts = {
  nchw: ({ cells }: Side) => ({ bin: cells, cell: 1 }),
  nhwc: ({ bins }: Side) => ({ bin: 1, cell: 4 * bins + CLASSES }),
};
type Layout = keyof typeof layouts;

/** @param sides that follow each other, with as many bins each; [sides, cells] */
function decode(layout: Layout, side: Side, sides = 1): Float32Array {
  const { bins, cells, cover } = side;
  const pitch = layouts[layout](side);
  const data = new Float32Array(layout === 'nchw' ? sides * bins * cells : pitch.cell * cells);
  for (let cell = 0; cell < cells; cell++) {
    for (let bin = 0; bin < sides * bins; bin++) {
      data[bin * pitch.bin + cell * pitch.cell] = side.logit(cell, bin);
    }
  }
  const distances = memory.block(new Float32Array(sides * cells).fill(UNTOUCHED));
  memory.call('decode', {
    logits: memory.input(data, 3 * 4 * pitch.cell),
    binStride: 4 * pitch.bin,
    cellStride: 4 * pitch.cell,
    bins,
    sides,
    cells,
    cover: memory.input(Uint8Array.of(...cover, 0, 0, 0)),
    distances,
  });
  const decoded = memory.f32(distances, sides * cells);
  memory.settle();
  return decoded;
}

function expectDecoded(layout: Layout, side: Side, bound = BOUND): void {
  const decoded = decode(layout, side);
  side.cover.forEach((covered, cell) => {
    if (!covered) return;
    const logits = Array.from({ length: side.bins }, (_, bin) => side.logit(cell, bin));
    const { distance } = decodeSide(logits.map(Math.fround));
    expectClose(`cell ${cell} of ${side.cells}`, decoded[cell], distance, bound, side.bins);
  });
}

function randomSide(bins: number, cells: number, std = 3): Side {
  const logits = normal({ seed: 100 * bins + cells, mean: 0, std }, bins * cells);
  const logit = (cell: number, bin: number) => logits[cell * bins + bin];
  return { bins, cells, logit, cover: new Array(cells).fill(1) };
}

describe.each(Object.keys(layouts) as Layout[])('decode: %s', (layout) => {
  it.each(Array.from({ length: 32 }, (_, i) => i + 1))(
    `%d bins: distances within ${BOUND} · bins of float64’s`,
    (bins) => {
      for (const cells of lengths) expectDecoded(layout, randomSide(bins, cells));
    },
  );

  it('one bin: the value itself, exactly', () => {
    const side = randomSide(1, 33);
    const expected = Array.from({ length: 33 }, (_, cell) => side.logit(cell, 0));
    expect([...decode(layout, side)]).toEqual(expected);
  });

  it('sides that follow each other: each as alone, to the bit', () => {
    for (const cells of [1, 4, 7, 12, 33]) {
      for (const sides of [2, 3, 4]) {
        // The sides are one side's groups of bins; every third group of cells has no candidate
        const all = randomSide(8 * sides, cells);
        const cover = all.cover.map((_, cell) => Number(Math.floor(cell / 4) % 3 !== 1));
        const alone = Array.from({ length: sides }, (_, s) => {
          const logit = (cell: number, bin: number) => all.logit(cell, 8 * s + bin);
          return [...decode(layout, { bins: 8, cells, logit, cover })];
        });
        expect([...decode(layout, { ...all, bins: 8, cover }, sides)]).toEqual(alone.flat());
      }
    }
  });

  it('a group of four cells without a candidate is left alone, a candidate is not', () => {
    const uniform = uniforms(1);
    for (const cells of lengths) {
      for (const density of [0, 0.1, 0.5]) {
        const cover = Array.from({ length: cells }, () => Number(uniform() < density));
        const side = { ...randomSide(16, cells), cover };
        expectDecoded(layout, side);
        const isAlone = (cell: number) => {
          const group = cell - (cell % 4);
          return !cover.slice(group, group + 4).includes(1);
        };
        decode(layout, side).forEach((distance, cell) => {
          expect(distance === UNTOUCHED).toBe(isAlone(cell));
        });
      }
    }
  });

  it(`logits of ±100 and ±1e4, alone and tied: within ${BOUND} · bins`, () => {
    for (const size of [100, 1e4]) {
      const logit = (cell: number, bin: number) => ((cell * 7 + bin * 5) % 11 < 4 ? size : -size);
      expectDecoded(layout, { ...randomSide(16, 9), logit });
      const alone = (cell: number, bin: number) => (bin === cell ? size : -size);
      expectDecoded(layout, { ...randomSide(16, 16), logit: alone });
    }
  });

  it('NaN and ∞ among a cell’s logits give NaN, −∞ a bin without a share', () => {
    for (let bin = 0; bin < 8; bin++) {
      const withBad = (bad: number): Side => {
        const side = randomSide(8, 5);
        const logit = (cell: number, j: number) =>
          cell === 3 && j === bin ? bad : side.logit(cell, j);
        return { ...side, logit };
      };
      for (const bad of [Number.NaN, Infinity]) {
        const nans = Array.from(decode(layout, withBad(bad)), Number.isNaN);
        expect(nans).toEqual([false, false, false, true, false]);
      }
      expectDecoded(layout, withBad(-Infinity));
    }
  });
});
