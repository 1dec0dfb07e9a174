import { afterEach, describe, expect, it } from 'vitest';
import { type RotatedBox, probIou as reference } from '../../src/reference/probiou.ts';
import { type Pair as BoxPair, ROUNDING, roundPairs, similarities } from '../lib/box-pairs.ts';
import { expectClose } from '../lib/compare.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';

/** Absolute error: exponential and logarithm are good to 1e-11. Reached: 8.7e-12. */
const BOUND = 5e-11;
/** Error of a pair's gradient, relative to its largest component. Reached: 5.6e-11. */
const GRAD_BOUND = 3e-10;

const memory = await KernelMemory.ofLosses();
afterEach(() => memory.settle());

type Pair = BoxPair<RotatedBox>;
const probIou = (pairs: Pair[]) => similarities(memory, 'probiou', pairs);

function expectReference(exact: Pair[]): void {
  const pairs = roundPairs(exact);
  probIou(pairs).forEach(({ value, grad }, i) => {
    const expected = reference(pairs[i].pred, pairs[i].target);
    const label = JSON.stringify(pairs[i]);
    expectClose(`value, ${label}`, value, expected.value, BOUND, 1);
    const largest = Math.max(...expected.grad.map(Math.abs));
    grad.forEach((component, k) => {
      const bound = GRAD_BOUND + (ROUNDING * Math.abs(expected.grad[k])) / (largest || 1);
      expectClose(`grad[${k}], ${label}`, component, expected.grad[k], bound, largest);
    });
  });
}

/** Pairs in units of `size`, some of which overlap well. */
function randomPairs(count: number, size: number, aspect: number, seed = count): Pair[] {
  const uniform = uniforms(seed);
  const side = () => size * (0.3 + uniform());
  const angle = () => Math.PI * (uniform() - 0.25);
  return Array.from({ length: count }, () => {
    const target: RotatedBox = [side(), side(), side() * aspect, side(), angle()];
    const near = (x: number, unit: number) => x + 0.4 * unit * (uniform() - 0.5);
    const [x, y, width, height, turn] = target;
    const pred: RotatedBox = [
      near(x, width),
      near(y, height),
      near(width, width),
      near(height, height),
      near(turn, 1),
    ];
    return { pred, target };
  });
}

describe('probIou', () => {
  it.each(lengths)(`%d pairs: within ${BOUND}, gradients within ${GRAD_BOUND}`, (count) => {
    expectReference(randomPairs(count, 5, 2));
  });

  it('boxes of 1e-3 to 1e4, up to 1000 times as long as wide', () => {
    for (const size of [1e-3, 0.1, 1, 80, 1e4]) {
      for (const aspect of [0.001, 0.1, 1, 30, 1000]) {
        expectReference(randomPairs(40, size, aspect, size * aspect));
      }
    }
  });

  it('pairs that differ by a part in ten to one in 1e9; equal ones have a gradient of 0', () => {
    for (const part of [0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 0]) {
      const pairs = randomPairs(20, 8, 6).map(({ target }) => ({
        target,
        pred: target.map((x) => x * (1 + part)) as RotatedBox,
      }));
      if (part === 0) {
        for (const { grad } of probIou(pairs)) expect(grad.every((x) => x === 0)).toBe(true);
      }
      expectReference(pairs);
    }
    // Float32 holds such a small difference only next to 0
    const pairs = randomPairs(20, 8, 6).map(({ target: [, , ...shape] }): Pair => {
      return { target: [0, 0, ...shape], pred: [8e-9, -8e-9, ...shape] };
    });
    expectReference(pairs);
  });

  it('angles of every quadrant, up to a million radians', () => {
    const turns = [-1, 0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 7, 100].map((turn) => turn * Math.PI);
    for (const angle of [...turns, 0.1, -0.1, 1e3, -1e4, 1e6]) {
      const pairs = randomPairs(12, 8, 3).map(({ pred, target }) => ({
        target,
        pred: [...pred.slice(0, 4), Math.fround(pred[4] + angle)] as RotatedBox,
      }));
      expectReference(pairs);
    }
  });

  it('no width, no height, or negative ones; boxes too far apart to tell', () => {
    const sizes = [0, 4, -4];
    const preds = sizes.flatMap((w) => sizes.map((h): RotatedBox => [1, 2, w, h, 0.3]));
    const targets: RotatedBox[] = [
      [1.5, 2.5, 6, 3, 0.7],
      [1, 2, 6, 0, 0.3],
      [1000, 2, 6, 3, 0.1],
    ];
    expectReference(preds.flatMap((pred) => targets.map((target) => ({ pred, target }))));
  });

  it('NaN and infinity show in value and gradient', () => {
    const target: RotatedBox = [3, 3, 4, 2, 0.2];
    for (const bad of [Number.NaN, Infinity]) {
      for (const i of [2, 3, 4]) {
        const pred = target.map((x, k) => (k === i ? bad : x + 0.1)) as RotatedBox;
        const [{ value }] = probIou([{ pred, target }]);
        expect(value, `${bad} at ${i}`).toBeNaN();
      }
    }
  });
});
