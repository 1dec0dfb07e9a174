import { afterEach, describe, expect, it } from 'vitest';
import type { Head } from '../../src/reference/levels.ts';
import { regress as reference } from '../../src/reference/regress.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { evenRows, KernelMemory, lengths, withoutEven } from '../lib/kernels.ts';
import { normal, uniforms } from '../lib/random.ts';

/** In the order of the kernel's numbers. */
const kinds = ['iou', 'giou', 'diou', 'ciou'] as const;
/** Of both sums, relative: the exponential's error. Reached: 1.1e-11. */
const SUM_BOUND = 3e-11;
/** Of all gradients, relative L2: rounding to float32. Reached: 3.8e-8. */
const GRAD_BOUND = 6e-8;

/** No table of angles. */
const UPRIGHT = 0;

const memory = await KernelMemory.create();
const { kernels } = memory;
afterEach(() => memory.settle());

interface Problem {
  kind: (typeof kinds)[number];
  bins: number;
  /** Positives. */
  count: number;
  /** [4·R, P] */
  logits: Float32Array;
  /** [4, P], distances of the target's sides, grid units. */
  distances: Float64Array;
  /** [P] */
  scores: Float32Array;
  boxScale: number;
  dflScale: number;
}

function regress(problem: Problem, backward: boolean) {
  const { kind, bins, count, boxScale, dflScale } = problem;
  const columns = count + (count % 2);
  const data = evenRows(problem.logits, count);
  const logits = backward ? memory.block(data) : memory.input(data);
  const sums = memory.block(new Float64Array(2));
  kernels.regress(
    logits,
    4 * columns,
    bins,
    count,
    memory.input(evenRows(problem.distances, count)),
    memory.input(evenRows(problem.scores, count)),
    kinds.indexOf(kind),
    boxScale,
    dflScale,
    backward,
    sums,
    memory.block(new Uint8Array((4 * bins + 22) * 16)),
    UPRIGHT,
  );
  const grads = withoutEven(memory.f32(logits, data.length), count);
  const [box, dfl] = memory.f64(sums, 2);
  memory.settle();
  return { box, dfl, grads };
}

/** The reference's loss of as many anchors in a row, each with a target of its own. */
function expected({ kind, bins, count, logits, distances, scores, boxScale, dflScale }: Problem) {
  const grads = new Float64Array(logits.length);
  const level = { data: logits, height: 1, width: count, stride: 1, firstAnchor: 0 };
  const strides = { imageStride: logits.length, channelStride: count, cellStride: 1 };
  const head: Head = {
    batch: 1,
    numClasses: 0,
    regMax: bins,
    levels: [{ ...level, ...strides }],
    anchors: count,
    imageWidth: count,
    imageHeight: 1,
  };
  const indices = Int32Array.from({ length: count }, (_, i) => i);
  const targets = Array.from(indices, (i) => {
    const [l, t, r, b] = [0, 1, 2, 3].map((side) => distances[side * count + i]);
    const [x, y] = [i + 0.5, 0.5];
    const box: [number, number, number, number] = [x - l, y - t, x + r, y + b];
    return { source: i, cls: 0, box, ignored: false };
  });
  const assignment = {
    image: new Int32Array(count),
    anchor: indices,
    target: indices,
    score: Float64Array.from(scores),
    scoresSum: 0,
    unassigned: new Int32Array(0),
  };
  const scale = { box: boxScale, dfl: dflScale };
  const { box, dfl } = reference(head, [targets], assignment, kind, scale, [grads]);
  return { box: box / boxScale, dfl: dfl / dflScale, grads };
}

function randomProblem(kind: Problem['kind'], bins: number, count: number, std = 2): Problem {
  const uniform = uniforms(100 * bins + count);
  const box = bins === 1 ? { mean: 2, std: 1.2 } : { mean: 0, std };
  return {
    kind,
    bins,
    count,
    logits: normal({ seed: 10 * bins + count, ...box }, 4 * bins * count),
    // Positives lie inside their targets; some sides are beyond the last bin
    distances: Float64Array.from({ length: 4 * count }, () => 0.01 + (bins + 1) * uniform()),
    scores: Float32Array.from({ length: count }, () => 1 - uniform()),
    boxScale: 7.5,
    dflScale: 1.5,
  };
}

function expectReference(problem: Problem): void {
  const { box, dfl, grads } = expected(problem);
  const label = `${problem.count} of ${problem.bins} bins`;
  const forward = regress(problem, false);
  expectClose(`box sum, ${label}`, forward.box, box, SUM_BOUND);
  expectClose(`dfl sum, ${label}`, forward.dfl, dfl, SUM_BOUND);
  expect(forward.grads).toEqual(problem.logits);
  const backward = regress(problem, true);
  expect([backward.box, backward.dfl]).toEqual([forward.box, forward.dfl]);
  expectCloseL2(`gradient, ${label}`, backward.grads, grads, GRAD_BOUND);
}

describe.each(kinds)('regress: %s', (kind) => {
  it.each([1, 2, 3, 4, 7, 8, 16, 17, 32])(
    `%d bins: sums to ${SUM_BOUND}, gradient to ${GRAD_BOUND} L2; untouched without backward`,
    (bins) => {
      for (const count of lengths) expectReference(randomProblem(kind, bins, count));
    },
  );

  it('whole distances, and those at and beyond the ends of the bins', () => {
    for (const distance of [-3, 0, 1, 2, 5.5, 6.98, 6.99, 6.995, 7, 40]) {
      for (const nearSides of [
        [0, 1],
        [2, 3],
        [0, 3],
      ]) {
        const problem = randomProblem(kind, 8, 3);
        const distances = problem.distances.map((other, i) => {
          if (i % 3 !== 1) return other;
          return nearSides.includes(Math.floor(i / 3)) ? distance : 6.2;
        });
        expectReference({ ...problem, distances });
      }
    }
  });

  it('logits of ±100 and ±1e4', () => {
    for (const size of [100, 1e4]) {
      const problem = randomProblem(kind, 16, 5);
      const logits = problem.logits.map((x, i) => (i % 3 === 0 ? size * Math.sign(x) : x));
      expectReference({ ...problem, logits });
    }
  });

  it('a logit of −∞ leaves its bin without probability', () => {
    const problem = randomProblem(kind, 8, 3);
    // Bins 6 and 7, far from goals of 0 to 1
    const distances = problem.distances.map((distance) => distance / 9);
    const logits = problem.logits.map((x, i) => (Math.floor(i / 3) % 8 > 5 ? -Infinity : x));
    expectReference({ ...problem, logits, distances });
  });

  it('a side that is NaN shows in both sums, one of score 0 in neither', () => {
    const problem = randomProblem(kind, 8, 3);
    for (const bad of [0, 1, 2]) {
      const logits = problem.logits.map((x, i) => (i % 3 === bad ? Number.NaN : x));
      const { box, dfl } = regress({ ...problem, logits }, true);
      expect([box, dfl]).toEqual([Number.NaN, Number.NaN]);
    }
  });
});

describe('regress', () => {
  it('one bin: no DFL, and gradients of the distances themselves', () => {
    const problem = randomProblem('ciou', 1, 5);
    const { dfl, grads } = regress(problem, true);
    expect(dfl).toBe(0);
    const boxOnly = regress({ ...problem, dflScale: 99 }, true);
    expect(boxOnly.grads).toEqual(grads);
  });

  it('scores weigh: none of 0 adds to a sum or has a gradient', () => {
    const problem = randomProblem('ciou', 8, 4);
    const scores = problem.scores.map((score, i) => (i === 2 ? 0 : score));
    const { grads } = regress({ ...problem, scores }, true);
    expect(grads.every((grad, i) => i % 4 !== 2 || grad === 0)).toBe(true);
    expectReference({ ...problem, scores });
  });
});
