import { afterEach, describe, expect, it } from 'vitest';
import {
  REGRESS_BIN_BYTES,
  REGRESS_SCRATCH_BYTES,
} from '../../src/backend/programs/criteria/kernels.ts';
import { type BoxIouKind, IOU_KINDS } from '../../src/kinds.ts';
import type { Box } from '../../src/reference/iou.ts';
import type { Head } from '../../src/reference/levels.ts';
import type { RotatedBox } from '../../src/reference/probiou.ts';
import { regress as reference } from '../../src/reference/regress.ts';
import { regressRotated } from '../../src/reference/regress-rotated.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { evenRows, KernelMemory, lengths, withoutEven } from '../lib/kernels.ts';
import { normal, uniforms } from '../lib/random.ts';

/** Relative error of both sums: the exponential's. Reached: 1.1e-11. */
const SUM_BOUND = 3e-11;
/** Relative error of both sums with ProbIoU. Reached: 4.7e-11. */
const ROTATED_SUM_BOUND = 2e-10;
/** Relative L2 error of all gradients: rounding to float32. Reached: 3.9e-8. */
const GRAD_BOUND = 6e-8;

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

interface Problem {
  kind: BoxIouKind;
  bins: number;
  /** Number of positives. */
  count: number;
  /** [4·R, P] */
  logits: Float32Array;
  /** [4, P], distances of the target's sides, grid units; of a rotated target unrotated. */
  distances: Float64Array;
  /** [P] predicted and true angles, radians; empty where boxes are upright. */
  angles: Float32Array;
  targetAngles: Float64Array;
  /** [P] */
  weights: Float32Array;
  scale: { box: number; dfl: number; angle: number };
  /** Options of 8.4: L1 where R = 1, distances in the frame of a rotated target, and its covariance floor. */
  isModern: boolean;
}

/** Floor of the covariances. */
const FLOOR = 0.01;

function regress({ kind, bins, count, scale, isModern, ...rows }: Problem, backward: boolean) {
  const columns = count + (count % 2);
  const ownAngles = Float64Array.of(...rows.angles, ...rows.targetAngles);
  const place = (values: Float32Array | Float64Array) => {
    const data = evenRows<typeof values>(values, count);
    return backward ? memory.block(data) : memory.input(data);
  };
  const logits = place(rows.logits);
  const angles = place(ownAngles);
  const sums = memory.block(new Float64Array(3));
  memory.call('regress', {
    logits,
    pitch: 4 * columns,
    bins,
    count,
    targets: memory.input(evenRows(rows.distances, count)),
    units: isModern ? memory.input(evenRows(unitsOf(count), count)) : 0,
    inOwnFrame: isModern,
    floor: isModern ? FLOOR : 0,
    weights: memory.input(evenRows(rows.weights, count)),
    kind,
    angles,
    boxScale: scale.box,
    dflScale: scale.dfl,
    angleScale: scale.angle,
    backward,
    sums,
    scratch: memory.block(new Uint8Array(REGRESS_SCRATCH_BYTES + bins * REGRESS_BIN_BYTES)),
  });
  const [box, dfl, angle] = memory.f64(sums, 3);
  const grads = withoutEven(memory.f32(logits, 4 * bins * columns), count);
  const angleGrads = memory.f64(angles, rows.angles.length);
  memory.settle();
  return { box, dfl, angle, grads, angleGrads };
}

/** [2, P], shares of an image as wide as there are anchors. */
function unitsOf(count: number): Float64Array {
  return Float64Array.from({ length: 2 * count }, (_, i) => (i < count ? 1 / count : 1));
}

/** The reference's loss of as many anchors in a row, each with a target of its own. */
function expected({ kind, bins, count, logits, distances, scale, isModern, ...rows }: Problem) {
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
    const box: Box = [x - l, y - t, x + r, y + b];
    const centre = [x + (r - l) / 2, y + (b - t) / 2] as const;
    const rotated: RotatedBox = [...centre, l + r, t + b, rows.targetAngles[i]];
    return { source: i, cls: 0, box, ignored: false, rotated };
  });
  const assignment = {
    image: new Int32Array(count),
    anchor: indices,
    target: indices,
    score: Float64Array.from(rows.weights),
    scoresSum: 0,
    unassigned: new Int32Array(0),
    ignored: new Int32Array(1),
  };
  const grads = new Float64Array(logits.length);
  const angleGrads = new Float64Array(rows.angles.length);
  const distance = isModern ? ('l1' as const) : ('none' as const);
  const rotated = {
    distance,
    distances: isModern ? ('rotated' as const) : ('upright' as const),
    covarianceFloor: isModern ? FLOOR : 0,
  };
  const sink = { feats: [grads], angles: angleGrads };
  const own = { head, angles: rows.angles };
  const loss =
    kind === 'probiou'
      ? regressRotated(own, [targets], assignment, scale, sink, rotated)
      : { ...reference(head, [targets], assignment, { kind, scale, distance }, [grads]), angle: 0 };
  const { box, dfl, angle } = loss;
  return {
    box: box / scale.box,
    dfl: dfl / scale.dfl,
    angle: angle / scale.angle,
    grads,
    angleGrads,
  };
}

function randomProblem(kind: BoxIouKind, bins: number, count: number): Problem {
  const uniform = uniforms(100 * bins + count);
  const box = bins === 1 ? { mean: 2, std: 1.2 } : { mean: 0, std: 2 };
  const isRotated = kind === 'probiou';
  const radians = () => Math.PI * (uniform() - 0.25);
  const targetAngles = Float64Array.from({ length: isRotated ? count : 0 }, radians);
  // Positives lie inside their targets; some sides are beyond the last bin
  const least = isRotated ? 0.3 : 0.01;
  return {
    kind,
    bins,
    count,
    logits: normal({ seed: 10 * bins + count, ...box }, 4 * bins * count),
    angles: Float32Array.from(targetAngles, (angle) => angle + uniform() - 0.5),
    targetAngles,
    distances: Float64Array.from({ length: 4 * count }, () => least + (bins + 1) * uniform()),
    weights: Float32Array.from({ length: count }, () => 1 - uniform()),
    scale: { box: 7.5, dfl: 1.5, angle: 0.7 },
    isModern: count % 2 === 0,
  };
}

function expectReference(problem: Problem): void {
  const bound = problem.kind === 'probiou' ? ROTATED_SUM_BOUND : SUM_BOUND;
  const { box, dfl, angle, grads, angleGrads } = expected(problem);
  const label = `${problem.count} of ${problem.bins} bins`;
  const forward = regress(problem, false);
  expectClose(`box sum, ${label}`, forward.box, box, bound);
  expectClose(`dfl sum, ${label}`, forward.dfl, dfl, bound);
  expectClose(`angle sum, ${label}`, forward.angle, angle, bound);
  expect(forward.grads).toEqual(problem.logits);
  const backward = regress(problem, true);
  expect([backward.box, backward.dfl]).toEqual([forward.box, forward.dfl]);
  expectCloseL2(`gradient, ${label}`, backward.grads, grads, GRAD_BOUND);
  expectCloseL2(`gradient of angles, ${label}`, backward.angleGrads, angleGrads, GRAD_BOUND);
}

describe.each(IOU_KINDS)('regress: %s', checkKind);

function checkKind(kind: BoxIouKind): void {
  const bound = kind === 'probiou' ? ROTATED_SUM_BOUND : SUM_BOUND;

  it.each([1, 2, 3, 4, 7, 8, 16, 17, 32])(
    `%d bins: sums to ${bound}, gradient to ${GRAD_BOUND} L2; untouched without backward`,
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
    // Bins 6 and 7, far from targets of 0 to 1
    const distances = problem.distances.map((distance) => distance / 9);
    const logits = problem.logits.map((x, i) => (Math.floor(i / 3) % 8 > 5 ? -Infinity : x));
    expectReference({ ...problem, logits, distances });
  });

  it('a side that is NaN shows in both sums', () => {
    const problem = randomProblem(kind, 8, 3);
    for (const bad of [0, 1, 2]) {
      const logits = problem.logits.map((x, i) => (i % 3 === bad ? Number.NaN : x));
      const { box, dfl } = regress({ ...problem, logits }, true);
      expect([box, dfl]).toEqual([Number.NaN, Number.NaN]);
    }
  });

  it('one bin without L1: no loss of the distances, and gradients of the distances themselves', () => {
    const problem = randomProblem(kind, 1, 5);
    const { dfl, grads } = regress(problem, true);
    expect(dfl).toBe(0);
    const boxOnly = regress({ ...problem, scale: { ...problem.scale, dfl: 99 } }, true);
    expect(boxOnly.grads).toEqual(grads);
  });

  it('a weight of 0 adds to no sum and has no gradient', () => {
    const problem = randomProblem(kind, 8, 4);
    const weights = problem.weights.map((weight, i) => (i === 2 ? 0 : weight));
    const { grads, angleGrads } = regress({ ...problem, weights }, true);
    expect(grads.every((grad, i) => i % 4 !== 2 || grad === 0)).toBe(true);
    expect(angleGrads.every((grad, i) => i !== 2 || grad === 0)).toBe(true);
    expectReference({ ...problem, weights });
  });
}

describe('regress: probiou', () => {
  it('an angle that is NaN shows in the loss of the box alone', () => {
    const problem = randomProblem('probiou', 8, 3);
    const angles = problem.angles.map((angle, i) => (i === 1 ? Number.NaN : angle));
    const { box, dfl, angleGrads } = regress({ ...problem, angles }, true);
    expect([box, Number.isFinite(dfl), angleGrads[1]]).toEqual([Number.NaN, true, Number.NaN]);
    expect([angleGrads[0], angleGrads[2]].every(Number.isFinite)).toBe(true);
  });
});
