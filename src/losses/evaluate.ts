import type { LossBackend } from '../backend/loss-backend.ts';
import type { PlainLossResult, Reduction } from '../loss-types.ts';
import { checked, type Stages, settled } from '../stages.ts';
import type { TensorData } from '../types.ts';
import { OptionReader } from '../validate/option-reader.ts';
import { arraysIn, destinationOf, type Named, readOuts } from '../validate/out.ts';
import { sizeOf } from '../validate/shape.ts';
import { checkStillThere, readTensor } from '../validate/tensor.ts';
import type { LossModule } from './plan.ts';

const REDUCTIONS: readonly Reduction[] = ['none', 'mean', 'sum'];

/**
 * Computes the reduced value of a plain loss and its gradient.
 *
 * The mean of no elements, or of weights that are all 0 (divisor 0), is NaN, as in PyTorch, with gradient 0.
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
  const call = readCall(action, loss, tensor, target, given, takesBuffers);
  const { reduction, input, plan, out } = call;
  const allocate = (shape: readonly number[]) =>
    destinationOf(backend.allocateBeside(action, input.data, sizeOf(shape)), shape);
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
  const sum = yield* checked(settled(plan.run(backend, tensors)), check);
  const reduced = reduction === 'mean' ? sum / (plan.divisor || Number.NaN) : sum;
  return { value: values ? values.tensor : reduced, grad: grad.tensor };
}

function readCall(
  action: string,
  loss: LossModule,
  tensor: unknown,
  target: unknown,
  givenOptions: unknown,
  takesBuffers: boolean,
) {
  const known = [...loss.options, 'reduction', 'out'];
  const options = new OptionReader(action, 'options', givenOptions, known);
  const reduction = options.oneOf('reduction', REDUCTIONS, 'mean');
  const input = readTensor(`${action}: input`, tensor, takesBuffers);
  const plan = loss.plan({ action, input, target, options, takesBuffers });
  const out = options.raw('out');
  if (out === undefined) return { reduction, input, plan, out };
  const wanted = { out: 'out', source: 'input', data: input.data, shape: input.shape };
  const values = [target, ...loss.options.map((key) => options.raw(key))];
  const others: Named[] = [
    ...(plan.target ? [['target', plan.target.data] as const] : []),
    ...arraysIn('target or weights', values),
  ];
  const [destination] = readOuts(action, [out], [wanted], others, takesBuffers);
  return { reduction, input, plan, out: destination };
}
