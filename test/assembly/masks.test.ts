import { afterEach, describe, expect, it } from 'vitest';
import { MASK_GROUP } from '../../src/backend/programs/criteria/kernels.ts';
import { binaryCrossEntropy } from '../../src/reference/losses/bce-with-logits.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { KernelMemory } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';

/** Relative error of a group's loss: logits are sums in float32. Reached: 1.4e-7. */
const LOSS_BOUND = 5e-7;
/** Relative L2 error of both gradients. Reached: 2.2e-7. */
const GRAD_BOUND = 5e-7;

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

interface Group {
  /** Left, top, right, bottom: right and bottom exclusive. */
  crop: [number, number, number, number];
  /** [count, M] */
  coefficients: number[][];
  label: number;
  weight: number;
}

interface Problem {
  channels: number;
  rows: number;
  width: number;
  /** [M, rows, width] */
  prototypes: Float32Array;
  /** [rows, width] of labels. */
  masks: Float32Array;
  groups: Group[];
}

/** Number of rows behind each band that the kernel must leave alone. */
const OTHER_ROWS = 2;
const OTHER = -5;

const paddedOf = (count: number) => Math.ceil(count / 4) * 4;

function masks({ channels, rows, width, prototypes, masks, groups }: Problem, backward: boolean) {
  const plane = (rows + OTHER_ROWS) * width;
  const spread = new Float32Array(channels * plane).fill(Number.NaN);
  for (let m = 0; m < channels; m++) {
    spread.set(prototypes.subarray(m * rows * width, (m + 1) * rows * width), m * plane);
  }
  const table = new Float64Array((MASK_GROUP.bytes * groups.length) / 8);
  const { buffer } = table;
  const views = {
    u8: new Uint8Array(buffer),
    i32: new Int32Array(buffer),
    f32: new Float32Array(buffer),
    f64: table,
  };
  const coefficients: number[] = [];
  groups.forEach(({ crop: [left, top, right, bottom], coefficients: own, label, weight }, g) => {
    MASK_GROUP.write(views, MASK_GROUP.bytes * g, {
      left,
      top,
      right,
      bottom,
      count: own.length,
      firstCoefficient: coefficients.length,
      firstPixel: top * width + left,
      maskPitch: width,
      label,
      weight,
      maskLeft: 0,
      maskTop: 0,
      maskRight: 0,
      maskBottom: 0,
    });
    for (let m = 0; m < channels; m++) {
      for (let j = 0; j < paddedOf(own.length); j++) coefficients.push(own[j]?.[m] ?? 0);
    }
  });
  const logits = groups.map(({ crop: [left, top, right, bottom], coefficients: own }) => {
    return paddedOf(own.length) * (bottom - top) * paddedOf(right - left);
  });
  const gradients = memory.block(new Float32Array(backward ? channels * plane : 0).fill(OTHER));
  const losses = memory.block(new Float64Array(groups.length));
  const byCoefficients = memory.block(new Float64Array(backward ? coefficients.length : 0));
  memory.call('masks', {
    prototypes: memory.input(spread, 12),
    channelPitch: 4 * plane,
    channels,
    width,
    rows,
    groups: memory.input(table),
    groupCount: groups.length,
    coefficients: memory.input(Float32Array.from(coefficients)),
    masks: memory.input(masks, 12),
    gradients: backward ? gradients : 0,
    gradientPitch: 4 * plane,
    losses,
    coefficientGradients: backward ? byCoefficients : 0,
    scratch: memory.block(new Float32Array(Math.max(0, ...logits))),
    maskHeight: 0,
    maskWidth: 0,
    fullHeight: 0,
    firstRow: 0,
  });
  const result = {
    losses: [...memory.f64(losses, groups.length)],
    coefficients: memory.f64(byCoefficients, backward ? coefficients.length : 0),
    prototypes: memory.f32(gradients, backward ? channels * plane : 0),
  };
  memory.settle();
  const isOther = (i: number) => i % plane >= rows * width;
  expect(result.prototypes.every((x, i) => !isOther(i) || x === OTHER)).toBe(true);
  return { ...result, prototypes: result.prototypes.filter((_, i) => !isOther(i)) };
}

function expected({ channels, rows, width, prototypes, masks, groups }: Problem) {
  const grads = { coefficients: [] as number[], prototypes: new Float64Array(prototypes.length) };
  const losses = groups.map(({ crop: [left, top, right, bottom], coefficients, label, weight }) => {
    const byCoefficient = new Float64Array(channels * paddedOf(coefficients.length));
    let loss = 0;
    coefficients.forEach((own, j) => {
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const pixel = (m: number) => (m * rows + y) * width + x;
          let logit = 0;
          for (let m = 0; m < channels; m++) logit += own[m] * prototypes[pixel(m)];
          const { value, grad } = binaryCrossEntropy(logit, Number(masks[y * width + x] === label));
          loss += value;
          for (let m = 0; m < channels; m++) {
            grads.prototypes[pixel(m)] += weight * grad * own[m];
            byCoefficient[m * paddedOf(coefficients.length) + j] +=
              weight * grad * prototypes[pixel(m)];
          }
        }
      }
    });
    grads.coefficients.push(...byCoefficient);
    return loss;
  });
  return { losses, ...grads };
}

function expectReference(problem: Problem): void {
  const actual = masks(problem, true);
  const { losses, coefficients, prototypes } = expected(problem);
  expect(masks(problem, false).losses).toEqual(actual.losses);
  losses.forEach((loss, g) => {
    expectClose(`loss ${g}`, actual.losses[g], loss, LOSS_BOUND);
  });
  // The padding of a group has nothing to compare
  const counted = actual.coefficients.map((x, i) => (coefficients[i] === 0 ? 0 : x));
  expectCloseL2('coefficients', counted, coefficients, GRAD_BOUND);
  expectCloseL2('prototypes', actual.prototypes, prototypes, GRAD_BOUND);
}

function randomProblem(channels: number, rows: number, width: number, crops: Group['crop'][]) {
  const uniform = uniforms(1000 * channels + 10 * width + rows);
  const float = (range = 2) => Math.fround(range * (2 * uniform() - 1));
  const problem: Problem = {
    channels,
    rows,
    width,
    prototypes: Float32Array.from({ length: channels * rows * width }, () => float()),
    masks: Float32Array.from({ length: rows * width }, () => Math.floor(3 * uniform())),
    groups: crops.map((crop, g) => ({
      crop,
      coefficients: Array.from({ length: 1 + ((5 * g + width) % 16) }, () =>
        Array.from({ length: channels }, () => float()),
      ),
      label: 1 + (g % 2),
      weight: Math.fround(0.1 + uniform()),
    })),
  };
  return problem;
}

describe('masks', () => {
  it.each([1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 33, 70])(
    `crops %d pixels wide: loss within ${LOSS_BOUND}, gradients within ${GRAD_BOUND} L2`,
    (wide) => {
      for (const channels of [1, 2, 3, 4, 5, 8, 9, 32]) {
        const width = wide + 3;
        const crops = [0, 1, 3].map((left, i): Group['crop'] => [
          left,
          i,
          left + wide,
          3 + (i % 2),
        ]);
        expectReference(randomProblem(channels, 4, width, crops));
      }
    },
  );

  it('1 to 16 positives a group', () => {
    for (let count = 1; count <= 16; count++) {
      const problem = randomProblem(6, 3, 21, [[2, 0, 20, 3]]);
      const [group] = problem.groups;
      const coefficients = Array.from({ length: count }, (_, j) =>
        Array.from({ length: 6 }, (_, m) => Math.sin(7 * j + m)),
      );
      expectReference({ ...problem, groups: [{ ...group, coefficients }] });
    }
  });

  it('the whole width of 1,100 pixels, more than share a logarithm', () => {
    expectReference(randomProblem(4, 2, 1100, [[0, 0, 1100, 2]]));
  });

  it('no group: gradients are 0', () => {
    const { losses, prototypes } = masks(randomProblem(3, 4, 9, []), true);
    expect(losses).toEqual([]);
    expect(prototypes.every((gradient) => gradient === 0)).toBe(true);
  });

  it('logits of hundreds are finite, and as near as float32 sums of them are', () => {
    const problem = randomProblem(8, 4, 30, [[1, 0, 29, 4]]);
    const [group] = problem.groups;
    const coefficients = group.coefficients.map((own) => own.map((c) => Math.fround(100 * c)));
    expectReference({ ...problem, groups: [{ ...group, coefficients }] });
  });

  it('NaN and infinity outside of a crop do not show, inside they do', () => {
    for (const bad of [Number.NaN, Infinity]) {
      const problem = randomProblem(5, 4, 12, [[3, 1, 8, 3]]);
      const isInside = (i: number) => {
        const [x, y] = [i % 12, Math.floor(i / 12) % 4];
        return x >= 3 && x < 8 && y >= 1 && y < 3;
      };
      const outside = problem.prototypes.map((x, i) => (isInside(i) ? x : bad));
      expectReference({ ...problem, prototypes: outside });
      const inside = problem.prototypes.slice();
      inside[12 + 7] = bad;
      expect(masks({ ...problem, prototypes: inside }, true).losses[0]).not.toSatisfy(
        Number.isFinite,
      );
    }
  });
});
