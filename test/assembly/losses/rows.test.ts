import { afterEach, describe, expect, it } from 'vitest';
import { CROSS_ENTROPY_CLASS_BYTES } from '../../../src/backend/programs/losses/kernels.ts';
import { CLASS_TARGET_KINDS } from '../../../src/kinds.ts';
import { crossEntropy } from '../../../src/reference/losses/cross-entropy.ts';
import { distributionFocal } from '../../../src/reference/losses/distribution-focal.ts';
import { multiMargin } from '../../../src/reference/losses/multi-margin.ts';
import type { Loss, Values } from '../../../src/reference/losses/reduce.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { KernelMemory, lengths } from '../../lib/kernels.ts';
import { normal, uniforms } from '../../lib/random.ts';
import { tensorOf } from '../../lib/tensor-of.ts';

const memory = await KernelMemory.ofLosses();
afterEach(() => memory.settle());

/** Relative error of a number that is rounded to float32. */
const ROUNDING = 6e-8;
/** Relative error of a sum of float64 terms. Reached: 2.3e-11. */
const SUM_BOUND = 2e-10;
const SCALE = 0.37;
const none = { reduction: 'none' } as const;

interface Rows {
  outer: number;
  classes: number;
  inner: number;
  /** Elements from one class to the next: at least `inner`. */
  pitch: number;
}

/** Packs the rows of a block with gaps of `pitch − inner`. */
function packed(data: Float32Array, { outer, classes, inner, pitch }: Rows): Float32Array {
  const starts = Array.from({ length: outer * classes }, (_, k) => k * pitch);
  return Float32Array.from(starts.flatMap((at) => [...data.subarray(at, at + inner)]));
}

function expectEqualLoss(sum: number, values: Float32Array, grad: Float32Array, exact: Loss) {
  const terms = tensorOf(exact.value).data;
  const total = terms.reduce((a, b) => a + b, 0);
  expectClose('sum', sum, total, SUM_BOUND);
  expectCloseL2('values', values, terms, ROUNDING);
  expectCloseL2(
    'grad',
    grad,
    exact.grad.data.map((gradient) => SCALE * gradient),
    ROUNDING,
  );
}

function runCrossEntropy(kind: (typeof CLASS_TARGET_KINDS)[number], rows: Rows, smoothing: number) {
  const { outer, classes, inner, pitch } = rows;
  const count = outer * inner;
  const uniform = uniforms(count + classes);
  const x = normal({ seed: count, mean: 0, std: 4 }, outer * classes * pitch);
  const targets = {
    indices: () => Int32Array.from({ length: count }, () => Math.floor(uniform() * classes)),
    probabilities: () => Float32Array.from(x, uniform),
    bins: () => Float32Array.from({ length: count }, () => (classes + 1) * uniform() - 1),
  };
  const weights = Float64Array.from({ length: classes }, () => (kind === 'bins' ? 1 : uniform()));
  const target = targets[kind]();
  // The gaps between the rows belong to the caller and must stay as they are
  const grad = memory.block(new Float32Array(x.length).fill(-7));
  const values = memory.block(new Float32Array(count));
  const sum = memory.call('crossEntropy', {
    input: memory.input(x),
    target: memory.input(target),
    kind,
    grad,
    values,
    outer,
    classes,
    inner,
    pitch: pitch * 4,
    weights: memory.input(weights),
    hot: 1 - smoothing,
    spread: smoothing / classes,
    scale: SCALE,
    scratch: memory.block(new Uint8Array(classes * CROSS_ENTROPY_CLASS_BYTES)),
  });
  const written = memory.f32(grad, x.length);
  expect(written.filter((_, k) => k % pitch >= inner).every((gap) => gap === -7)).toBe(true);
  const shape = [outer, classes, inner];
  const input: Values = { data: packed(x, rows), shape };
  const dense = { data: packed(target as Float32Array, rows), shape };
  const truth = { data: target, shape: [outer, inner] };
  const options = { ...none, weight: weights, labelSmoothing: smoothing };
  const exact =
    kind === 'bins'
      ? distributionFocal(
          { ...input, shape: [outer, classes] },
          { data: target, shape: [outer] },
          none,
        )
      : crossEntropy(input, kind === 'indices' ? truth : dense, options);
  expectEqualLoss(sum, memory.f32(values, count), packed(written, rows), exact);
  memory.settle();
}

describe('crossEntropy', () => {
  it.each(lengths)(
    '%d rows of 1 to 5 classes, one behind the other: to float32’s rounding',
    (outer) => {
      for (const classes of [1, 2, 3, 5]) {
        for (const kind of CLASS_TARGET_KINDS) {
          const rows = { outer, classes, inner: 1, pitch: 1 };
          runCrossEntropy(kind, rows, kind === 'bins' ? 0 : 0.1);
        }
      }
    },
  );

  it.each(lengths.slice(1))(
    '%d rows side by side, in a part of a longer axis: the same',
    (inner) => {
      for (const pitch of [inner, inner + 3]) {
        for (const kind of ['indices', 'probabilities'] as const) {
          runCrossEntropy(kind, { outer: 1, classes: 4, inner, pitch }, 0);
        }
      }
    },
  );

  it('blocks of an odd number of rows: the same', () => {
    for (const inner of [3, 5]) {
      runCrossEntropy('indices', { outer: 3, classes: 4, inner, pitch: inner }, 0.2);
      runCrossEntropy('probabilities', { outer: 3, classes: 4, inner, pitch: inner }, 0.2);
    }
  });
});

describe('multiMargin', () => {
  it.each(lengths)('%d rows, either power: to float32’s rounding', (rows) => {
    for (const classes of [1, 2, 5]) {
      for (const p of [1, 2] as const) {
        const uniform = uniforms(rows + classes);
        const x = normal({ seed: rows, mean: 0, std: 1 }, rows * classes);
        const target = Int32Array.from({ length: rows }, () => Math.floor(uniform() * classes));
        const weight = Float64Array.from({ length: classes }, uniform);
        const grad = memory.block(new Float32Array(x.length));
        const values = memory.block(new Float32Array(rows));
        const sum = memory.call('multiMargin', {
          input: memory.input(x),
          target: memory.input(target),
          grad,
          values,
          rows,
          classes,
          isSquared: p === 2,
          factors: memory.input(weight.map((w) => w / classes)),
          margin: 0.8,
          scale: SCALE,
        });
        const input = { data: x, shape: [rows, classes] };
        const truth = { data: target, shape: [rows] };
        const exact = multiMargin(input, truth, { ...none, p, margin: 0.8, weight });
        expectEqualLoss(sum, memory.f32(values, rows), memory.f32(grad, x.length), exact);
        memory.settle();
      }
    }
  });
});
