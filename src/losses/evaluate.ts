import type { Dense } from '../backend/backend.ts';
import type { LossBackend } from '../backend/loss-backend.ts';
import { hostFloats } from '../host-memory.ts';
import type { PlainLossResult, Reduction } from '../loss-types.ts';
import { checked, type Stages, settled } from '../stages.ts';
import type { TensorData } from '../types.ts';
import { checkApart } from '../validate/apart.ts';
import { checkShape, readAny, readDense, sizeOf } from '../validate/dense.ts';
import { OptionReader } from '../validate/option-reader.ts';
import { arraysIn, checkKind, type Destination, givenBack } from '../validate/out.ts';
import { reading, readTensorOnce } from '../validate/read.ts';
import { checkStillThere, type DenseTensor, fitted } from '../validate/tensor.ts';
import type { MemoryRange } from '../validate/typed-array.ts';
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
  const { takesBuffers } = backend;
  const { reduction, input, plan, out } = reading(action, () =>
    readCall(action, loss, tensor, target, given, takesBuffers),
  );
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
  const check = () => {
    checkStillThere(action, 'input', input.data, input.shape);
    if (plan.target) checkStillThere(action, 'target', plan.target.data, plan.target.shape);
    checkStillThere(action, 'out', grad.view, input.shape);
  };
  // Getters of later arguments may have taken away what was read before
  check();
  const sum = yield* checked(settled(plan.run(backend, tensors)), check);
  const reduced = reduction === 'mean' ? sum / plan.divisor : sum;
  return { value: values ? values.tensor : reduced, grad: grad.tensor };
}

function readCall(
  action: string,
  loss: LossModule,
  tensor: unknown,
  given: unknown,
  givenOptions: unknown,
  takesBuffers: boolean,
) {
  const known = [...loss.options, 'reduction', 'out'];
  const options = new OptionReader(action, 'options', givenOptions, known);
  const reduction = options.oneOf('reduction', REDUCTIONS, 'mean');
  const input = readDense(`${action}: input`, tensor, takesBuffers);
  const target = readTensorOnce(given);
  const plan = loss.plan({ action, input, target, options, takesBuffers });
  const arrays = arraysIn({ target, ...loss.options.map((key) => options.raw(key)) });
  const out = readOut(action, options.raw('out'), input, plan, arrays, takesBuffers);
  return { reduction, input, plan, out };
}

/** The caller's `out`: of the input's shape and kind, in memory of its own. Throws ShapeError. */
function readOut(
  action: string,
  given: unknown,
  input: DenseTensor,
  { target }: Plan,
  arrays: readonly MemoryRange[],
  takesBuffers: boolean,
): Destination | null {
  if (given === undefined) return null;
  const name = `${action}: out`;
  const read = readAny(name, given, takesBuffers);
  const view = fitted(name, read);
  checkShape(name, read.shape, input.shape, 'input');
  checkKind(name, view, 'input', input.data);
  checkApart(action, view, { input: input.data, target: target?.data ?? null });
  for (const array of arrays) checkApart(action, view, { 'target or weights': array });
  return { tensor: givenBack(read), view };
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
    const view = hostFloats(action, 'results', length);
    return { tensor: { data: view, shape: [...shape] }, view };
  }
  const buffer = backend.createBuffer?.(action, length * 4) as GPUBuffer;
  const view = { buffer, offset: 0, size: length * 4 };
  return { tensor: { data: buffer, shape: [...shape] }, view };
}
