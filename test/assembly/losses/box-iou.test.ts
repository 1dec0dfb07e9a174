import { afterEach, describe, expect, it } from 'vitest';
import { BOX_IOU_SCRATCH_BYTES } from '../../../src/backend/programs/losses/kernels.ts';
import { UPRIGHT_IOU_KINDS } from '../../../src/kinds.ts';
import type { BoxIouKind } from '../../../src/loss-types.ts';
import { boxIou } from '../../../src/reference/losses/box-iou.ts';
import { expectClose } from '../../lib/compare.ts';
import { KernelMemory, lengths } from '../../lib/kernels.ts';
import { uniforms } from '../../lib/random.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

const memory = await KernelMemory.ofLosses();
afterEach(() => memory.settle());

/** Error of a number that is rounded to float32, relative to the largest gradient of its row. */
const ROUNDING = 6e-8;
/** Relative error of the sum, which is not rounded to float32. Reached: 4.6e-14. */
const SUM_BOUND = 1e-12;
const SCALE = 0.37;

function run(kind: BoxIouKind, pred: Float32Array, target: Float32Array) {
  const numbers = kind === 'probiou' ? 5 : 4;
  const count = pred.length / numbers;
  const grad = memory.block(new Float32Array(pred.length));
  const values = memory.block(new Float32Array(count));
  const sum = memory.call('boxIou', {
    input: memory.input(pred),
    target: memory.input(target),
    count,
    kind,
    grad,
    values,
    scale: SCALE,
    scratch: memory.block(new Uint8Array(BOX_IOU_SCRATCH_BYTES)),
  });
  const result = { sum, grad: memory.f32(grad, pred.length), values: memory.f32(values, count) };
  memory.settle();
  return result;
}

function expectBoxes(kind: BoxIouKind, pred: number[][], target: number[][]) {
  const numbers = kind === 'probiou' ? 5 : 4;
  const shape = [pred.length, numbers];
  const [a, b] = [Float32Array.from(pred.flat()), Float32Array.from(target.flat())];
  const { sum, grad, values } = run(kind, a, b);
  const exact = boxIou({ data: a, shape }, { data: b, shape }, { kind, reduction: 'none' });
  const terms = tensorOf(exact.value).data;
  const total = terms.reduce((s, term) => s + term, 0);
  expectClose('sum', sum, total, SUM_BOUND, terms.length);
  terms.forEach((term, n) => {
    // 1 − similarity is a difference: its error is that of 1 in float64, then its own rounding
    expectClose(`value ${n}`, values[n], term, ROUNDING, 1e-5);
    const gradients = exact.grad.data.slice(n * numbers, (n + 1) * numbers);
    const largest = Math.max(SCALE * Math.max(...gradients.map(Math.abs)), 1e-5);
    gradients.forEach((gradient, i) => {
      const at = n * numbers + i;
      expectClose(`gradient ${n}, ${i}`, grad[at], SCALE * gradient, ROUNDING, largest);
    });
  });
}

const upright = (uniform: () => number) => {
  const [x, y] = [8 * uniform(), 8 * uniform()];
  return [x, y, x + 0.2 + 8 * uniform(), y + 0.2 + 8 * uniform()];
};
const target = [0, 0, 8, 6];
/** Boxes inside the target or around it, apart, touching, with equal edges or centres, equal, and inside out. */
const special = [
  [1, 2, 3, 5],
  [-2, -3, 9, 16],
  [20, 30, 22, 37],
  [8, 1, 9, 4],
  [0, 1, 5, 4],
  [2, 0, 8, 4],
  [0, 0, 8, 6],
  [3, 2, 5, 4],
  [1, 1, 7, 3],
  [3, -1, 5, 7],
  [5, 1, 2, 4],
  [5, 5, 2, 2],
  [12, 1, -3, 4],
];

describe.each(UPRIGHT_IOU_KINDS)('boxIou: %s', (kind) => {
  it.each(lengths)('%d random pairs: values and gradients to float32’s rounding', (count) => {
    const uniform = uniforms(count);
    const boxes = () => Array.from({ length: count }, () => upright(uniform));
    expectBoxes(kind, boxes(), boxes());
  });

  it('pairs in special positions: the same', () => {
    expectBoxes(
      kind,
      special,
      special.map(() => target),
    );
  });

  it('boxes of no area are finite', () => {
    const flat = [
      [1, 1, 1, 1],
      [1, 1, 5, 1],
      [1, 1, 1, 5],
    ];
    const all = flat.flatMap((a) => flat.map((b) => [a, b]));
    const side = (i: number) => Float32Array.from(all.flatMap((pair) => pair[i]));
    const { grad, values } = run(kind, side(0), side(1));
    expect([...grad, ...values].every(Number.isFinite)).toBe(true);
  });

  it('NaN in any number of a prediction shows in its value, and in no other’s', () => {
    for (let at = 0; at < 12; at++) {
      const pred = Float32Array.from([...target, ...target, ...target]);
      const truth = pred.slice();
      pred[at] = Number.NaN;
      const { values } = run(kind, pred, truth);
      expect([...values].map(Number.isNaN)).toEqual([0, 1, 2].map((n) => n === Math.floor(at / 4)));
    }
  });
});

describe('boxIou: probiou', () => {
  const rotated = (uniform: () => number, angle: number) => {
    const side = () => 0.2 + 12 * uniform() ** 2;
    return [8 * uniform(), 8 * uniform(), side(), side(), angle * (uniform() - 0.5)];
  };

  it.each(lengths)('%d random pairs: values and gradients to float32’s rounding', (count) => {
    const uniform = uniforms(count);
    const boxes = () => Array.from({ length: count }, () => rotated(uniform, 6));
    expectBoxes('probiou', boxes(), boxes());
  });

  it('angles of up to 1,000 turns: the same', () => {
    const uniform = uniforms(3);
    const boxes = () => Array.from({ length: 200 }, () => rotated(uniform, 12_000));
    expectBoxes('probiou', boxes(), boxes());
  });

  it('equal, all but equal, far apart, long and thin, turned by quarters: the same', () => {
    const base = [4, 4, 6, 2, 0.3];
    const preds = [
      base,
      [4, 4, 6, 2, 0.3001],
      [4.001, 4, 6, 2, 0.3],
      [4, 4, 6.001, 2, 0.3],
      [900, 4, 6, 2, 0.3],
      [4, 4, 600, 0.01, 0.3],
      [4, 4, 2, 6, 0.3 + Math.PI / 2],
      [4, 4, 6, 2, 0.3 + Math.PI],
    ];
    expectBoxes(
      'probiou',
      preds,
      preds.map(() => base),
    );
  });

  it('boxes of no area are finite, NaN shows', () => {
    const flat = Float32Array.of(1, 1, 0, 0, 0, 1, 1, 3, 0, 1);
    const { grad, values } = run('probiou', flat, flat.slice());
    expect([...grad, ...values].every(Number.isFinite)).toBe(true);
    for (let at = 0; at < 5; at++) {
      const pred = Float32Array.of(4, 4, 6, 2, 0.3);
      const truth = pred.slice();
      pred[at] = Number.NaN;
      expect(run('probiou', pred, truth).values[0]).toBeNaN();
    }
  });
});
