import type { Dense } from '../backend/backend.ts';
import type { LossBackend } from '../backend/loss-backend.ts';
import type { PlainLossResult, Reduction } from '../loss-types.ts';
import { checked, type Stages, settled } from '../stages.ts';
import type { Tensor, TensorData } from '../types.ts';
import { checkApart } from '../validate/apart.ts';
import { readDense, readShaped, sizeOf } from '../validate/dense.ts';
import { OptionReader } from '../validate/option-reader.ts';
import { arraysIn, checkKind, type Destination } from '../validate/out.ts';
import { checkStillThere, type DenseTensor } from '../validate/tensor.ts';
import type { LossModule, Plan } from './plan.ts';

const REDUCTIONS: readonly Reduction[] = ['none', 'mean', 'sum'];

/**
 * Value and gradient of a plain loss, reduced.
 *
 * The mean of nothing (divisor 0) is NaN, as in PyTorch, with gradient 0.
 *
 * @param action the loss's name, for messages
 */
export function* evaluate(
  backend: LossBackend,
  action: string,
  loss: LossModule,
  tensor: unknown,
  target: unknown,
  given: unknown = {},
): Stages<PlainLossResult<Reduction, TensorData>> {
  const options = new OptionReader(action, 'options', given, [...loss.options, 'reduction', 'out']);
  const reduction = options.oneOf('reduction', REDUCTIONS, 'mean');
  const { takesBuffers } = backend;
  const input = readDense(`${action}: input`, tensor, takesBuffers);
  const plan = loss.plan({ action, input, target, options, takesBuffers });
  const arrays = arraysIn({ target, ...loss.options.map((key) => options.raw(key)) });
  const out = readOut(action, options.raw('out'), input, plan, arrays, takesBuffers);
  const allocate = (shape: readonly number[]) => allocateBeside(backend, action, input.data, shape);
  const grad = out ?? allocate(input.shape);
  const values = reduction === 'none' ? allocate(plan.shape) : null;
  const scale = reduction === 'mean' ? 1 / (plan.divisor || Infinity) : 1;
  const tensors = {
    action,
    input: input.data,
    grad: grad.view,
    values: values?.view ?? null,
    scale,
  };
  const sum = yield* checked(settled(plan.run(backend, tensors)), () => {
    checkStillThere(action, 'input', input.data, input.shape);
    checkStillThere(action, 'out', grad.view, input.shape);
  });
  const reduced = reduction === 'mean' ? sum / plan.divisor : sum;
  return { value: values ? values.tensor : reduced, grad: grad.tensor };
}

/** The caller's `out`: of the input's shape and kind, in memory of its own. Throws ShapeError. */
function readOut(
  action: string,
  given: unknown,
  input: DenseTensor,
  { target }: Plan,
  arrays: readonly ArrayBufferView[],
  takesBuffers: boolean,
): Destination | null {
  if (given === undefined) return null;
  const name = `${action}: out`;
  const view = readShaped(name, given, input.shape, 'input', takesBuffers);
  checkKind(name, view, 'input', input.data);
  checkApart(action, view, { input: input.data, target });
  for (const array of arrays) checkApart(action, view, { 'target or weights': array });
  const { data, offset, size } = given as Tensor<TensorData>;
  const place = view instanceof Float32Array ? {} : { offset, size };
  return { tensor: { data, shape: [...input.shape], ...place }, view };
}

/** A tensor for the caller, where the input is: an array, or a buffer of the device. */
function allocateBeside(
  backend: LossBackend,
  action: string,
  input: Dense,
  shape: readonly number[],
): Destination {
  const length = sizeOf(shape);
  if (input instanceof Float32Array) {
    const view = new Float32Array(length);
    return { tensor: { data: view, shape: [...shape] }, view };
  }
  const buffer = backend.createBuffer?.(action, length * 4) as GPUBuffer;
  const view = { buffer, offset: 0, size: length * 4 };
  return { tensor: { data: buffer, shape: [...shape] }, view };
}
