import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { OVERLAP_KINDS } from '../../src/kinds.ts';
import type { Box } from '../../src/reference/iou.ts';
import { sigmoid } from '../../src/reference/sigmoid.ts';
import { chooseAnchors } from '../../src/reference/topk.ts';
import {
  anchorsOf,
  ascending,
  type Choice,
  type ChooseLevel,
  type ChooseProblem,
  type ChooseTarget,
  candidatesOf,
  choose,
  expectedOverlaps,
  type Rectangle,
  UNTOUCHED,
} from '../lib/choose.ts';
import { expectClose } from '../lib/compare.ts';
import { KernelMemory } from '../lib/kernels.ts';
import { normal, uniforms } from '../lib/random.ts';

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

const kinds = [...OVERLAP_KINDS, 'probiou'] as const;
type Kind = (typeof kinds)[number];
type Ranking = Pick<ChooseProblem, 'alpha' | 'beta' | 'topk'>;

/** The target, turned by an angle where it is rotated. */
function targetOf(kind: Kind, target: Box, angle: number): ChooseTarget {
  if (kind !== 'probiou') return { kind, target };
  const [x1, y1, x2, y2] = target;
  return { kind, target: [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1, angle] };
}

/** A problem with a random target, random predictions and random logits. */
function problemOf(
  kind: Kind,
  levels: ChooseLevel[],
  seed: number,
  ranking: Ranking,
): ChooseProblem {
  const uniform = uniforms(seed);
  const anchors = anchorsOf(levels);
  const [x, y] = [100 * uniform(), 80 * uniform()];
  const [l, t, r, b] = [70, 60, 70, 60].map((side) => side * uniform());
  const sides = Array.from({ length: 4 * anchors }, () => 6 * uniform());
  const angles = Array.from({ length: kind === 'probiou' ? anchors : 0 }, () => 3 * uniform());
  return {
    ...targetOf(kind, [x - l, y - t, x + r, y + b], 3 * uniform()),
    levels,
    distances: Float32Array.of(...sides, ...angles),
    logits: normal({ seed, mean: -2, std: 3 }, candidatesOf(levels).length),
    ...ranking,
  };
}

/** Chooses in two steps: `choose` measures alone, then `rank` chooses. */
function step(problem: ChooseProblem): Choice {
  const { logits, alpha, beta, topk } = problem;
  const count = logits.length;
  const measured = choose(memory, { ...problem, topk: 0 });
  expect(measured.alignments.every((alignment) => alignment === UNTOUCHED)).toBe(true);
  expect(measured.chosen).toEqual([]);
  const spare = 4 * (count % 2);
  const alignments = memory.block(new Float64Array(count), 2 * spare);
  const chosen = memory.block(new Int32Array(Math.min(count, topk)));
  const size = memory.call('rank', {
    logits: memory.input(logits, spare),
    overlaps: memory.input(measured.overlaps, spare),
    count,
    alpha,
    beta,
    topk,
    alignments,
    chosen,
  });
  const choice = {
    overlaps: measured.overlaps,
    alignments: memory.f64(alignments, count),
    chosen: ascending(memory.i32(chosen, size)),
  };
  memory.settle();
  return choice;
}

const edges = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 });
const levels = fc.array(
  fc
    .record({
      width: fc.integer({ min: 1, max: 12 }),
      height: fc.integer({ min: 1, max: 9 }),
      stride: fc.constantFrom(8, 16, 32, 11),
      all: fc.array(edges, { maxLength: 3 }),
    })
    .map(({ all, ...grid }): ChooseLevel => {
      const rectangles = all.map((own): Rectangle => {
        const [x1, x2] = ascending(own.slice(0, 2).map((edge) => Math.round(edge * grid.width)));
        const [y1, y2] = ascending(own.slice(2).map((edge) => Math.round(edge * grid.height)));
        return [x1, y1, x2, y2];
      });
      return { ...grid, rectangles: rectangles.filter(([x1, y1, x2, y2]) => x2 > x1 && y2 > y1) };
    }),
  { minLength: 1, maxLength: 4 },
);

const problems = fc
  .record({
    kind: fc.constantFrom(...kinds),
    levels,
    seed: fc.integer(),
    alpha: fc.constantFrom(0, 0.5, 1),
    beta: fc.constantFrom(0, 1, 6),
    topk: fc.constantFrom(1, 2, 10, 13, 1000),
  })
  .map(({ kind, levels, seed, ...ranking }) => problemOf(kind, levels, seed, ranking));

describe('choose', () => {
  it('random levels and rectangles: the bits of its overlaps alone and of rank', () => {
    const check = (problem: ChooseProblem) => {
      expect(choose(memory, problem)).toEqual(step(problem));
    };
    fc.assert(fc.property(problems, check), { seed: 20_260_101, numRuns: 300 });
  });

  it.each(kinds)(
    '%s: every number of candidates to 40, on one level and split over two',
    (kind) => {
      for (let count = 0; count <= 40; count++) {
        const row = (first: number, end: number): ChooseLevel => {
          const rectangles: Rectangle[] = end > first ? [[first, 0, end, 1]] : [];
          return { width: 40, height: 1, stride: 8, rectangles };
        };
        for (const split of [
          [row(0, count)],
          [row(0, count >> 1), row(40 - (count - (count >> 1)), 40)],
        ]) {
          const problem = problemOf(kind, split, count, { alpha: 0.5, beta: 6, topk: 10 });
          expect(choose(memory, problem)).toEqual(step(problem));
        }
      }
    },
  );

  it.each(kinds)('%s: no candidate on any level: chooses none', (kind) => {
    const empty: ChooseLevel = { width: 4, height: 4, stride: 8, rectangles: [] };
    const problem = problemOf(kind, [empty, empty], 1, { alpha: 0.5, beta: 6, topk: 10 });
    expect(choose(memory, problem).chosen).toEqual([]);
  });

  it.each(kinds)(
    '%s: within 5e-7 of float64’s overlap, and its choice where no call is close',
    (kind) => {
      const level = (stride: number, rectangle: Rectangle): ChooseLevel => {
        return { width: 6, height: 5, stride, rectangles: [rectangle] };
      };
      const levels = [level(8, [1, 1, 5, 4]), level(16, [0, 0, 3, 2])];
      const random = problemOf(kind, levels, 4, { alpha: 0.5, beta: 6, topk: 5 });
      const problem = { ...random, ...targetOf(kind, [3, 2, 45, 38], 0.2) };
      const { overlaps, chosen } = choose(memory, problem);
      const fits = expectedOverlaps(problem).map((overlap, i) => {
        const alignment = sigmoid(problem.logits[i]) ** problem.alpha * overlap ** problem.beta;
        return { overlap, alignment };
      });
      overlaps.forEach((overlap, i) => {
        expectClose(`overlap ${i}`, overlap, fits[i].overlap, 5e-7, 1);
      });
      const target = { source: 0, cls: 0, box: [0, 0, 1, 1], ignored: false };
      const expected = chooseAnchors((i) => fits[i], target, fits.length, 5);
      expect(chosen).toEqual(ascending(expected));
      expect(chosen.length).toBe(5);
    },
  );

  it.each([1, 2, 3, 4, 5, 8, 17])(
    'rows of %d cells, equal logits: the best overlaps, none of 0',
    (columns) => {
      for (const kind of kinds) {
        const rectangles = Array.from(
          { length: 9 },
          (_, y): Rectangle => [y % 4, y, (y % 4) + columns, y + 1],
        );
        const level = { width: 20, height: 9, stride: 8, rectangles };
        const problem = problemOf(kind, [level], columns, { alpha: 0.5, beta: 6, topk: 5 });
        const { overlaps, chosen } = choose(memory, {
          ...problem,
          ...targetOf(kind, [36.3, 19.7, 126.3, 49.7], 0.6),
          logits: problem.logits.fill(0),
        });
        const best = [...overlaps.keys()].filter((at) => overlaps[at] > 0);
        best.sort((a, b) => overlaps[b] - overlaps[a] || a - b);
        expect(chosen).toEqual(ascending(best.slice(0, 5)));
      }
    },
  );
});
