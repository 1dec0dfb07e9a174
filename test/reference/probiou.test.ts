import { describe, expect, it } from 'vitest';
import { probIou, type RotatedBox } from '../../src/reference/probiou.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { differencesAt } from '../lib/differences.ts';
import { uniforms } from '../lib/random.ts';

const EPS = 1e-7;

/** The definition by covariances, with all their cancellation. */
function byCovariances(pred: RotatedBox, target: RotatedBox): number {
  const covariance = ([, , w, h, angle]: RotatedBox) => {
    const [a, b, cos, sin] = [w ** 2 / 12, h ** 2 / 12, Math.cos(angle), Math.sin(angle)];
    return [a * cos ** 2 + b * sin ** 2, a * sin ** 2 + b * cos ** 2, (a - b) * cos * sin];
  };
  const [[a1, b1, c1], [a2, b2, c2]] = [covariance(pred), covariance(target)];
  const [dx, dy] = [pred[0] - target[0], pred[1] - target[1]];
  const determinant = (a1 + a2) * (b1 + b2) - (c1 + c2) ** 2;
  const t1 = ((a1 + a2) * dy ** 2 + (b1 + b2) * dx ** 2) / (determinant + EPS) / 4;
  const t2 = ((c1 + c2) * -dx * dy) / (determinant + EPS) / 2;
  const own = Math.max(a1 * b1 - c1 ** 2, 0) * Math.max(a2 * b2 - c2 ** 2, 0);
  const t3 = Math.log(determinant / (4 * Math.sqrt(own) + EPS) + EPS) / 2;
  const distance = Math.min(Math.max(t1 + t2 + t3, EPS), 100);
  return 1 - Math.sqrt(1 - Math.exp(-distance) + EPS);
}

const uniform = uniforms(6);
const randomBox = (): RotatedBox => [
  8 * uniform(),
  8 * uniform(),
  0.5 + 8 * uniform(),
  0.5 + 8 * uniform(),
  6 * uniform() - 3,
];
const pairs = Array.from({ length: 300 }, () => [randomBox(), randomBox()]);

describe('probIou', () => {
  it('equals its definition by covariances to 1e-12, on random boxes', () => {
    for (const [pred, target] of pairs) {
      expectClose('value', probIou(pred, target).value, byCovariances(pred, target), 1e-12, 1);
    }
  });

  it('gradient equals central differences to 1e-7 relative L2', () => {
    for (const [pred, target] of pairs) {
      const moving = Float64Array.from(pred);
      const f = () => probIou([...moving] as RotatedBox, target).value;
      const numeric = differencesAt(moving, [0, 1, 2, 3, 4], f, 1e-5);
      // Far apart all is 0 but for rounding
      expectCloseL2('grad', [...probIou(pred, target).grad, 1e-2], [...numeric, 1e-2], 1e-7);
    }
  });

  it('of nearly equal boxes keeps the digits of the distance and its gradient, to 1e-9', () => {
    for (const [width, height] of [
      [2, 1],
      [1000, 1],
      [3, 400],
    ]) {
      for (const angle of [0, 0.7, -2]) {
        // Off by a share of the width, along the box: D_B is 1.5 · share² but for eps
        for (const share of [3e-3, 1e-2, 0.2]) {
          const offset = share * width;
          const [dx, dy] = [offset * Math.cos(angle), offset * Math.sin(angle)];
          const { value, grad } = probIou(
            [dx, dy, width, height, angle],
            [0, 0, width, height, angle],
          );
          const product = (width * height) ** 2 / 36; // D of two equal boxes, and 4s
          const centre = (1.5 * share ** 2 * product) / (product + EPS);
          const shape = Math.log1p(-EPS / (product + EPS) + EPS) / 2;
          const hellinger = Math.sqrt(-Math.expm1(-centre - shape) + EPS);
          expectClose('value', 1 - value, hellinger, 1e-9);
          const slope = (-Math.exp(-centre - shape) * centre) / (hellinger * offset);
          const along = grad[0] * Math.cos(angle) + grad[1] * Math.sin(angle);
          expectClose('slope along', along, slope, 1e-9);
        }
      }
    }
  });

  it('of equal boxes is 1 − √(2e-7) to 1e-9 and flat', () => {
    const box: RotatedBox = [3, 4, 20, 10, 0.4];
    const { value, grad } = probIou(box, box);
    expectClose('value', value, 1 - Math.sqrt(2e-7), 1e-9);
    expect(grad).toEqual([0, 0, 0, 0, 0]);
  });

  it('is symmetric, does not see half a turn, nor a quarter with the sides swapped, to 1e-12', () => {
    for (const [pred, target] of pairs) {
      const { value } = probIou(pred, target);
      const [x, y, w, h, angle] = pred;
      expectClose('swapped', probIou(target, pred).value, value, 1e-12, 1);
      expectClose('half', probIou([x, y, w, h, angle + Math.PI], target).value, value, 1e-12, 1);
      const quarter = probIou([x, y, h, w, angle + Math.PI / 2], target).value;
      expectClose('quarter', quarter, value, 1e-12, 1);
    }
  });

  it('boxes far apart have a similarity of next to 0 and no gradient', () => {
    const { value, grad } = probIou([0, 0, 1, 1, 0], [1e4, 0, 1, 1, 0]);
    expectClose('value', value, 1 - Math.sqrt(1 + EPS), 1e-8, 1);
    expect(grad).toEqual([0, 0, 0, 0, 0]);
  });

  it('a box that is not a number shows in value and gradient', () => {
    const { value, grad } = probIou([Number.NaN, 0, 1, 1, 0], [0, 0, 1, 1, 0]);
    expect([value, grad[0]]).toEqual([Number.NaN, Number.NaN]);
  });

  it('boxes of no area, of negative size or a thousand times the other are finite', () => {
    const sizes = [0, -2, 1e-3, 1, 1e3];
    for (const width of sizes) {
      for (const height of sizes) {
        for (const target of [
          [0, 0, 1, 1, 1],
          [0, 0, 0, 0, 0],
          [9, 0, 1e3, 0, 2],
        ] as RotatedBox[]) {
          const { value, grad } = probIou([0.1, 0, width, height, 0.3], target);
          expect([value, ...grad].every(Number.isFinite), `${width}, ${height}`).toBe(true);
        }
      }
    }
  });
});
