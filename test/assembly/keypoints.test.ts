import { afterEach, describe, expect, it } from 'vitest';
import { keypointTerm } from '../../src/reference/keypoints.ts';
import { binaryCrossEntropy } from '../../src/reference/losses/bce-with-logits.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { evenRows, KernelMemory, lengths, withoutEven } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';

/** Relative error of both sums: exponential and logarithm are good to 1e-10. Reached: 1e-11. */
const SUM_BOUND = 1e-10;
/** Relative L2 error of the gradient: rounding to float32. Reached: 3.9e-8. */
const GRAD_BOUND = 6e-8;
const EPS = 1e-9;

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

interface Problem {
  keypoints: number;
  numbers: number;
  /** Number of positives. */
  count: number;
  /** Grid units of a step of 1: heads have 1 or 2. */
  factor: number;
  /** [K·D, P] */
  predicted: Float32Array;
  /** [K·3, P]: targets of x and y, grid units, and 1 where it is visible. */
  targets: Float64Array;
  /** [P] grid units. */
  areas: Float64Array;
  /** [K] */
  sigmas: Float64Array;
}

const scale = { pose: 1.7, kobj: 0.6 };

function run(
  problem: Problem,
  backward: boolean,
  weights = new Float32Array(problem.count).fill(1),
) {
  const { keypoints, numbers, count, factor } = problem;
  const columns = count + (count % 2);
  const data = evenRows(problem.predicted, count);
  const predicted = backward ? memory.block(data) : memory.input(data);
  const sums = memory.block(new Float64Array(2));
  memory.call('keypoints', {
    predicted,
    factor,
    pitch: 4 * columns,
    keypoints,
    numbers,
    count,
    targets: memory.input(evenRows(problem.targets, count)),
    areas: memory.input(evenRows(problem.areas, count)),
    sigmas: memory.input(problem.sigmas),
    weights: memory.input(evenRows(weights, count)),
    poseScale: scale.pose,
    kobjScale: scale.kobj,
    backward,
    sums,
  });
  const grads = withoutEven(memory.f32(predicted, data.length), count);
  const [pose, kobj] = memory.f64(sums, 2);
  memory.settle();
  return { pose, kobj, grads };
}

function expected({ keypoints: K, numbers, count, factor, predicted, ...problem }: Problem) {
  const { targets, areas, sigmas } = problem;
  const grads = new Float64Array(predicted.length);
  const loss = { pose: 0, kobj: 0 };
  for (let i = 0; i < count; i++) {
    const visible = (k: number) => targets[(3 * k + 2) * count + i];
    let seen = 0;
    for (let k = 0; k < K; k++) seen += visible(k);
    for (let k = 0; k < K; k++) {
      const at = (d: number) => (k * numbers + d) * count + i;
      if (visible(k)) {
        const dx = factor * predicted[at(0)] - targets[3 * k * count + i];
        const dy = factor * predicted[at(1)] - targets[(3 * k + 1) * count + i];
        const { value, grad } = keypointTerm(dx, dy, sigmas[k], areas[i]);
        const weight = K / (seen + EPS);
        loss.pose += weight * value;
        grads[at(0)] = factor * scale.pose * weight * grad[0];
        grads[at(1)] = factor * scale.pose * weight * grad[1];
      }
      if (numbers < 3) continue;
      const { value, grad } = binaryCrossEntropy(predicted[at(2)], visible(k));
      loss.kobj += value;
      grads[at(2)] = scale.kobj * grad;
    }
  }
  return { ...loss, grads };
}

/** @param apart distance of predictions from their targets, grid units */
function randomProblem(keypoints: number, numbers: number, count: number, apart = 2): Problem {
  const uniform = uniforms(100 * keypoints + 10 * numbers + count);
  const factor = count % 2 === 0 ? 1 : 2;
  const predicted = Float32Array.from(
    { length: keypoints * numbers * count },
    () => 6 * uniform() - 3,
  );
  const targets = new Float64Array(3 * keypoints * count);
  for (let k = 0; k < keypoints; k++) {
    for (let i = 0; i < count; i++) {
      for (const d of [0, 1]) {
        const target = factor * predicted[(k * numbers + d) * count + i];
        targets[(3 * k + d) * count + i] = target + apart * (2 * uniform() - 1);
      }
      targets[(3 * k + 2) * count + i] = Number(numbers === 2 || uniform() < 0.6);
    }
  }
  return {
    keypoints,
    numbers,
    count,
    factor,
    predicted,
    targets,
    areas: Float64Array.from({ length: count }, () => 0.5 + 60 * uniform()),
    sigmas: Float64Array.from({ length: keypoints }, () => 0.02 + 0.3 * uniform()),
  };
}

function expectReference(problem: Problem): void {
  const { pose, kobj, grads } = expected(problem);
  const forward = run(problem, false);
  expectClose('pose', forward.pose, pose, SUM_BOUND);
  expectClose('kobj', forward.kobj, kobj, SUM_BOUND);
  expect(forward.grads).toEqual(problem.predicted);
  const backward = run(problem, true);
  expect([backward.pose, backward.kobj]).toEqual([forward.pose, forward.kobj]);
  expectCloseL2('gradient', backward.grads, grads, GRAD_BOUND);
}

describe.each([2, 3])('keypoints of %d numbers', (numbers) => {
  it.each(lengths)(
    `%d positives: sums to ${SUM_BOUND}, gradient to ${GRAD_BOUND} L2; untouched without backward`,
    (count) => {
      for (const k of [1, 2, 5, 17]) expectReference(randomProblem(k, numbers, count));
    },
  );

  it('predictions that miss by 1e-6 to 1e4, or by nothing', () => {
    for (const apart of [0, 1e-6, 1e-3, 0.1, 10, 1e4]) {
      expectReference(randomProblem(5, numbers, 5, apart));
    }
  });

  it('boxes of no area, and those of a whole image', () => {
    const problem = randomProblem(5, numbers, 4);
    expectReference({ ...problem, areas: Float64Array.of(0, 1e-6, 6400, 1e6) });
  });

  it('no visible keypoint: pose is 0, and so is its gradient', () => {
    const problem = randomProblem(5, numbers, 3);
    const targets = problem.targets.map((x, i) => (Math.floor(i / 3) % 3 === 2 ? 0 : x));
    const { pose, grads } = run({ ...problem, targets }, true);
    expect(pose).toBe(0);
    const isPlace = (i: number) => Math.floor(i / 3) % numbers < 2;
    expect(grads.every((gradient, i) => !isPlace(i) || gradient === 0)).toBe(true);
    expectReference({ ...problem, targets });
  });
});

describe('keypoints', () => {
  it('logits of ±100 and ±1e4', () => {
    for (const size of [100, 1e4]) {
      const problem = randomProblem(5, 3, 6);
      const isLogit = (i: number) => Math.floor(i / 6) % 3 === 2;
      const predicted = problem.predicted.map((x, i) => (isLogit(i) ? size * Math.sign(x) : x));
      expectReference({ ...problem, predicted });
    }
  });

  it('weights are factors of a positive’s losses and gradients', () => {
    const [pose, kobj] = [[], []] as number[][];
    for (const weights of [
      [0.5, 3, 0],
      [0.5, 0, 0],
      [0, 3, 0],
    ]) {
      const { grads, ...sums } = run(randomProblem(4, 3, 3), true, Float32Array.from(weights));
      const plain = run(randomProblem(4, 3, 3), true).grads;
      const expected = plain.map((grad, i) => weights[i % 3] * grad);
      expectCloseL2('gradients', grads, expected, 1e-7);
      pose.push(sums.pose);
      kobj.push(sums.kobj);
    }
    expectClose('pose', pose[0], pose[1] + pose[2], 1e-12);
    expectClose('kobj', kobj[0], kobj[1] + kobj[2], 1e-12);
  });

  it('NaN shows where the keypoint is visible, and only there', () => {
    const problem = randomProblem(1, 2, 2);
    const predicted = Float32Array.of(Number.NaN, 1, 1, 1);
    const targets = Float64Array.of(1, 1, 1, 1, 1, 1);
    expect(run({ ...problem, predicted, targets }, true).pose).toBeNaN();
    const unseen = Float64Array.of(1, 1, 1, 1, 0, 1);
    const { pose, grads } = run({ ...problem, predicted, targets: unseen }, true);
    expect([pose, ...grads].every(Number.isFinite)).toBe(true);
  });
});
