import type { Dense } from '../backend/backend.ts';
import type { ClassTarget, CrossEntropyLoss } from '../backend/loss-backend.ts';
import { ShapeError } from '../errors.ts';
import { checkShape, readIndices, readShape, readShaped, sizeOf } from '../validate/dense.ts';
import type { OptionReader } from '../validate/option-reader.ts';
import { readWeights } from '../validate/weights.ts';
import type { Call, LossModule, Plan } from './plan.ts';

/**
 * −Σ over classes of weight · q · log softmax(x), q = (1 − ε) · target + ε/C; classes on axis 1, of a vector axis 0.
 *
 * The mean of class indices is weighted: it divides by the sum of the weights of the targets that are not ignored.
 * That of probabilities divides by the number of rows.
 */
export const crossEntropy: LossModule = {
  options: ['weight', 'ignoreIndex', 'labelSmoothing'],
  plan(call) {
    const { action, input, options } = call;
    const axis = input.shape.length > 1 ? 1 : 0;
    const classes = input.shape[axis];
    checkClasses(action, input.shape, classes, '[N, C, …] or [C]');
    const weights =
      readWeights(options, 'weight', [classes], `${classes}, one a class`) ??
      new Float64Array(classes).fill(1);
    const smoothing = options.number('labelSmoothing', 0, 1);
    const shape = [...input.shape.slice(0, axis), ...input.shape.slice(axis + 1)];
    const { target, divisor } = readClassTarget(call, shape, weights);
    const inner = sizeOf(input.shape.slice(axis + 1));
    const loss = {
      outer: sizeOf(input.shape.slice(0, axis)),
      classes,
      inner,
      target,
      weights,
      hot: 1 - smoothing,
      spread: smoothing / classes,
    };
    return planRows(shape, divisor, input.shape, loss);
  },
};

/**
 * A cross-entropy whose values have this shape.
 *
 * @param targetShape where the target is no list of indices
 */
export function planRows(
  shape: readonly number[],
  divisor: number,
  targetShape: readonly number[],
  loss: CrossEntropyLoss<Dense>,
): Plan {
  return {
    shape,
    divisor,
    target: loss.target.kind === 'indices' ? null : { data: loss.target.data, shape: targetShape },
    run: (backend, tensors) => backend.crossEntropy(tensors, loss),
  };
}

/** @param needed shapes that have classes, for messages */
export function checkClasses(
  action: string,
  shape: readonly number[],
  classes: number | undefined,
  needed: string,
): void {
  if (classes !== undefined && classes > 0) return;
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${action}: input needs the shape ${needed} with at least one class, got [${shape}]`,
  );
}

/** The target, and what the mean divides by. */
function readClassTarget(
  { action, input, target, options, takesBuffers }: Call,
  rows: readonly number[],
  weights: Float64Array,
): { target: ClassTarget<Dense>; divisor: number } {
  const name = `${action}: target`;
  const ignored = readIgnoreIndex(options);
  const shape = readShape(name, target);
  if (shape.length === input.shape.length) {
    const whose = `input for probabilities, or [${rows}] for indices`;
    // Before its data, which may be indices in a column
    checkShape(name, shape, input.shape, whose);
    const data = readShaped(name, target, input.shape, whose, takesBuffers);
    return { target: { kind: 'probabilities', data }, divisor: sizeOf(rows) };
  }
  const whose = `input's rows for indices, or [${input.shape}] for probabilities`;
  const data = readIndices(name, target, rows, whose, weights.length, ignored);
  const divisor = data.reduce((sum, y) => (y < 0 ? sum : sum + weights[y]), 0);
  return { target: { kind: 'indices', data }, divisor };
}

function readIgnoreIndex(options: OptionReader): number {
  const value = options.raw('ignoreIndex', -100);
  if (Number.isInteger(value)) return value as number;
  throw options.invalid('ignoreIndex', 'an integer');
}
