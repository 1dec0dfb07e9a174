import { afterEach, describe, it } from 'vitest';
import { dice } from '../../../src/reference/losses/dice.ts';
import { sigmoid } from '../../../src/reference/sigmoid.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { KernelMemory, lengths } from '../../lib/kernels.ts';
import { normal, uniforms } from '../../lib/random.ts';

const memory = await KernelMemory.ofLosses();
afterEach(() => memory.settle());

/** Relative error of sums of float64 terms. Reached: 4.2e-11. */
const SUM_BOUND = 2e-10;
/** Relative error of a number that is rounded to float32. */
const ROUNDING = 6e-8;
/** Kernels may read one float behind an odd number of them. */
const SPARE_BYTES = 4;
const SCALE = 0.37;
const SMOOTH = 0.5;

describe('diceSums and diceGrad', () => {
  it.each(lengths.slice(1))(
    `rows of %d: sums to ${SUM_BOUND}, gradients to float32’s rounding`,
    (length) => {
      for (const rows of [1, 2, 5]) {
        const count = rows * length;
        const uniform = uniforms(count);
        const x = normal({ seed: count, mean: 0, std: 3 }, count);
        const t = Float32Array.from(x, () => Math.round(uniform()));
        const sums = memory.block(new Float64Array(2 * rows));
        const parameters = {
          input: memory.input(x, SPARE_BYTES),
          target: memory.input(t, SPARE_BYTES),
          rows,
          length,
        };
        memory.call('diceSums', { ...parameters, sums });
        const totals = memory.f64(sums, 2 * rows);
        for (let row = 0; row < rows; row++) {
          const [start, end] = [row * length, (row + 1) * length];
          const [p, own] = [x.slice(start, end), t.subarray(start, end)];
          const probabilities = Array.from(p, sigmoid);
          const apart = probabilities.map((q, i) => q * (1 - own[i]) + own[i] * (1 - q));
          const size = probabilities.map((q, i) => q + own[i]);
          const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
          expectClose('difference', totals[2 * row], sum(apart), SUM_BOUND);
          expectClose('size', totals[2 * row + 1], sum(size), SUM_BOUND);
          totals[2 * row + 1] += SMOOTH;
        }
        const grad = memory.block(new Float32Array(count));
        const sumsAndScale = { sums: memory.input(totals), scale: SCALE };
        memory.call('diceGrad', { ...parameters, ...sumsAndScale, grad });
        const shape = [rows, length];
        const options = { smooth: SMOOTH, reduction: 'sum' } as const;
        const exact = dice({ data: x, shape }, { data: t, shape }, options);
        const gradients = exact.grad.data.map((gradient) => SCALE * gradient);
        expectCloseL2('grad', memory.f32(grad, count), gradients, ROUNDING);
        memory.settle();
      }
    },
  );
});
