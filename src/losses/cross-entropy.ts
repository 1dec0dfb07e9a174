import type { Dense } from '../backend/inputs.ts';
import type { ClassTarget, CrossEntropyLoss } from '../backend/loss-backend.ts';
import { ShapeError } from '../errors.ts';
import { readIndices } from '../validate/indices.ts';
import { sizeOf } from '../validate/shape.ts';
import { readShape, readShaped } from '../validate/tensor.ts';
import type { Call, LossModule, Plan } from './plan.ts';

/**
 * −Σ over classes of weight · q · log softmax(x), q = (1 − ε) · target + ε/C; classes on axis 1, or on axis 0 of a vector.
 *
 * The mean for class indices is weighted: it divides by the sum of the weights of the targets that are not ignored. The
 * mean for probabilities divides by the number of rows.
 */
export const crossEntropy: LossModule = {
  options: ['weight', 'ignoreIndex', 'labelSmoothing'],
  plan(call) {
    const { action, input, options } = call;
    const axis = input.shape.length > 1 ? 1 : 0;
    const classes = input.shape[axis];
    checkClasses(action, input.shape, classes, '[N, C, …] or [C]');
    const weights =
      options.weights('weight', [classes], `${classes}, one per class`) ??
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
 * Plans a cross-entropy.
 *
 * @param shape shape of the values
 * @param targetShape shape of a target that holds probabilities or bins
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

/**
 * Checks that an input has classes.
 *
 * @param needed shapes with classes, for the message
 * @throws {ShapeError} TENSOR_SHAPE
 */
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

/** Reads the target, and the divisor of the mean. */
function readClassTarget(
  { action, input, target, options, takesBuffers }: Call,
  rows: readonly number[],
  weights: Float64Array,
): { target: ClassTarget<Dense>; divisor: number } {
  const name = `${action}: target`;
  const ignored = options.where<number>('ignoreIndex', Number.isInteger, 'an integer', -100);
  const shape = readShape(name, target);
  if (shape.length === input.shape.length) {
    const whose = `input for probabilities, or [${rows}] for indices`;
    const data = readShaped(name, target, input.shape, whose, takesBuffers);
    return { target: { kind: 'probabilities', data }, divisor: sizeOf(rows) };
  }
  const whose = `input's rows for indices, or [${input.shape}] for probabilities`;
  const data = readIndices(name, target, rows, whose, weights.length, ignored);
  const divisor = data.reduce((sum, y) => (y < 0 ? sum : sum + weights[y]), 0);
  return { target: { kind: 'indices', data }, divisor };
}
