import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type Box, boxSimilarity } from '../../src/reference/iou.ts';
import { sigmoid } from '../../src/reference/sigmoid.ts';
import { chooseAnchors } from '../../src/reference/topk.ts';
import { expectClose } from '../lib/compare.ts';
import { KernelMemory } from '../lib/kernels.ts';
import { normal, uniforms } from '../lib/random.ts';

/** No scratch of rotated boxes. */
const UPRIGHT = 0;

const memory = await KernelMemory.create();
const { kernels } = memory;
afterEach(() => memory.settle());

interface Level {
  width: number;
  height: number;
  /** Pixels a cell. */
  stride: number;
  /** Of candidates: x1, y1, x2, y2 in cells, half open. */
  cells: [number, number, number, number];
}

interface Problem {
  levels: Level[];
  /** xyxy, pixels. */
  target: Box;
  /** Of the candidates, level by level, row-major. */
  logits: Float32Array;
  /** [4, A] grid units. */
  distances: Float32Array;
  alpha: number;
  beta: number;
  k: number;
}

interface Choice {
  overlaps: Float32Array;
  alignments: Float64Array;
  /** Ascending. */
  chosen: number[];
}

const pairsOf = ({ cells: [x1, y1, x2, y2] }: Level) => (x2 - x1) * (y2 - y1);
const anchorsOf = (levels: readonly Level[]) =>
  levels.reduce((sum, { width, height }) => sum + width * height, 0);
const ascending = (indices: Iterable<number>) => [...indices].sort((a, b) => a - b);

/** Room that the kernels ask for behind their last value. */
const spares = { vector: 12, pair: (count: number) => 4 * (count % 2) };

/** What the one kernel says, each input in a block of its own. */
function choose({ levels, target, logits, distances, alpha, beta, k }: Problem): Choice {
  const count = logits.length;
  const table = new DataView(new ArrayBuffer(16 * levels.length));
  levels.forEach(({ width, stride }, l) => {
    table.setInt32(16 * l, anchorsOf(levels.slice(0, l)), true);
    table.setInt32(16 * l + 4, width, true);
    table.setFloat64(16 * l + 8, stride, true);
  });
  // Rectangles lie apart, with something else in between
  const rectangles = Int32Array.from(levels.flatMap(({ cells }) => [...cells, -9, -9]));
  const overlaps = memory.block(new Float32Array(count), spares.vector);
  const alignments = memory.block(new Float64Array(count), 2 * spares.pair(count));
  const chosen = memory.block(new Int32Array(Math.min(count, k)).fill(-1));
  const size = kernels.choose(
    memory.input(new Uint8Array(table.buffer)),
    levels.length,
    memory.input(distances, spares.vector),
    4 * anchorsOf(levels),
    memory.input(rectangles),
    24,
    memory.input(Float64Array.from(target)),
    memory.input(logits, spares.pair(count)),
    alpha,
    beta,
    k,
    overlaps,
    alignments,
    chosen,
    UPRIGHT,
  );
  const choice = {
    overlaps: memory.f32(overlaps, count),
    alignments: memory.f64(alignments, count),
    chosen: ascending(memory.i32(chosen, size)),
  };
  memory.settle();
  return choice;
}

/** What the kernels that it is made of say, one after another, a level at a time. */
function step({ levels, target, logits, distances, alpha, beta, k }: Problem): Choice {
  const count = logits.length;
  const box = memory.input(Float64Array.from(target));
  const overlaps = new Float32Array(count);
  let done = 0;
  levels.forEach((level, l) => {
    const first = anchorsOf(levels.slice(0, l));
    const to = memory.block(new Float32Array(pairsOf(level)), spares.vector);
    const from = memory.input(distances.slice(first), spares.vector);
    const cells = memory.input(Int32Array.from(level.cells));
    const pitch = 4 * anchorsOf(levels);
    const found = kernels.overlap(from, pitch, level.width, level.stride, cells, box, to);
    overlaps.set(memory.f32(to, found), done);
    done += found;
  });
  expect(done).toBe(count);
  const spare = spares.pair(count);
  const alignments = memory.block(new Float64Array(count), 2 * spare);
  kernels.align(
    memory.input(logits, spare),
    memory.input(overlaps, spare),
    count,
    alpha,
    beta,
    alignments,
  );
  const chosen = memory.block(new Int32Array(Math.min(count, k)));
  const size = kernels.topk(alignments, count, k, chosen);
  const choice = {
    overlaps,
    alignments: memory.f64(alignments, count),
    chosen: ascending(memory.i32(chosen, size)),
  };
  memory.settle();
  return choice;
}

const levels = fc.array(
  fc
    .record({
      width: fc.integer({ min: 1, max: 12 }),
      height: fc.integer({ min: 1, max: 9 }),
      stride: fc.constantFrom(8, 16, 32, 11),
      edges: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
    })
    .map(({ width, height, stride, edges }): Level => {
      const [x1, x2] = edges.slice(0, 2).map((edge) => Math.round(edge * width));
      const [y1, y2] = edges.slice(2).map((edge) => Math.round(edge * height));
      const range = (a: number, b: number) => [Math.min(a, b), Math.max(a, b)];
      const [[left, right], [top, bottom]] = [range(x1, x2), range(y1, y2)];
      return { width, height, stride, cells: [left, top, right, bottom] };
    }),
  { minLength: 1, maxLength: 4 },
);

const problems = fc
  .record({
    levels,
    seed: fc.integer(),
    alpha: fc.constantFrom(0, 0.5, 1),
    beta: fc.constantFrom(0, 1, 6),
    k: fc.constantFrom(1, 2, 10, 13, 1000),
  })
  .map(({ levels, seed, ...options }) => problemOf(levels, seed, options));

function problemOf(
  levels: Level[],
  seed: number,
  options: Pick<Problem, 'alpha' | 'beta' | 'k'>,
): Problem {
  const uniform = uniforms(seed);
  const count = levels.reduce((sum, level) => sum + pairsOf(level), 0);
  const [x, y] = [100 * uniform(), 80 * uniform()];
  return {
    levels,
    target: [x - 70 * uniform(), y - 60 * uniform(), x + 70 * uniform(), y + 60 * uniform()],
    logits: normal({ seed, mean: -2, std: 3 }, count),
    distances: Float32Array.from({ length: 4 * anchorsOf(levels) }, () => 6 * uniform()),
    ...options,
  };
}

describe('choose', () => {
  it('random levels and rectangles: the bits of overlap, align and topk', () => {
    const check = (problem: Problem) => {
      expect(choose(problem)).toEqual(step(problem));
    };
    fc.assert(fc.property(problems, check), { seed: 20_260_101, numRuns: 300 });
  });

  it('every number of candidates to 40, on one level and split over two', () => {
    for (let count = 0; count <= 40; count++) {
      const row = (first: number, end: number): Level => {
        return { width: 40, height: 1, stride: 8, cells: [first, 0, end, 1] };
      };
      for (const split of [
        [row(0, count)],
        [row(0, count >> 1), row(40 - (count - (count >> 1)), 40)],
      ]) {
        const problem = problemOf(split, count, { alpha: 0.5, beta: 6, k: 10 });
        expect(choose(problem)).toEqual(step(problem));
      }
    }
  });

  it('no candidate on any level: chooses none', () => {
    const empty: Level = { width: 4, height: 4, stride: 8, cells: [2, 1, 2, 3] };
    const problem = problemOf([empty, empty], 1, { alpha: 0.5, beta: 6, k: 10 });
    expect(choose(problem).chosen).toEqual([]);
  });

  it('within 5e-7 of float64’s overlap, and its choice where no call is close', () => {
    const level = (stride: number, cells: Level['cells']): Level => {
      return { width: 6, height: 5, stride, cells };
    };
    const levels = [level(8, [1, 1, 5, 4]), level(16, [0, 0, 3, 2])];
    const problem = problemOf(levels, 4, { alpha: 0.5, beta: 6, k: 5 });
    const { overlaps, chosen } = choose(problem);
    const fits = fitsOf(problem);
    overlaps.forEach((overlap, i) => {
      expectClose(`overlap ${i}`, overlap, fits[i].overlap, 5e-7, 1);
    });
    const anyone = { source: 0, cls: 0, box: problem.target, ignored: false };
    const expected = chooseAnchors((i) => fits[i], anyone, fits.length, 5);
    expect(chosen).toEqual(ascending(expected));
  });
});

/** Overlap and alignment of every candidate, in float64. */
function fitsOf({ levels, target, logits, distances, alpha, beta }: Problem) {
  const anchors = anchorsOf(levels);
  const fits: { overlap: number; alignment: number }[] = [];
  levels.forEach(({ width, stride, cells: [x1, y1, x2, y2] }, l) => {
    const first = anchorsOf(levels.slice(0, l));
    for (let y = y1; y < y2; y++) {
      for (let x = x1; x < x2; x++) {
        const side = (s: number) => distances[s * anchors + first + y * width + x] * stride;
        const [cx, cy] = [(x + 0.5) * stride, (y + 0.5) * stride];
        const pred: Box = [cx - side(0), cy - side(1), cx + side(2), cy + side(3)];
        const overlap = Math.max(boxSimilarity('ciou', pred, target).value, 0);
        const alignment = sigmoid(logits[fits.length]) ** alpha * overlap ** beta;
        fits.push({ overlap, alignment });
      }
    }
  });
  return fits;
}
