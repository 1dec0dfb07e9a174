import type { LossBackend } from '../backend/loss-backend.ts';
import { ShapeError } from '../errors.ts';
import type { PlainLossResult, Reduction } from '../loss-types.ts';
import { checked, type Stages, settled } from '../stages.ts';
import type { Tensor } from '../types.ts';
import { checkApart } from '../validate/apart.ts';
import { readDense, readShaped, sizeOf } from '../validate/dense.ts';
import { OptionReader } from '../validate/option-reader.ts';
import type { LossModule } from './plan.ts';

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
): Stages<PlainLossResult> {
  const options = new OptionReader(action, 'options', given, [...loss.options, 'reduction', 'out']);
  const reduction = options.oneOf('reduction', REDUCTIONS, 'mean');
  const input = readDense(`${action}: input`, tensor);
  const plan = loss.plan({ action, input, target, options });
  const out = options.raw('out') as Tensor | undefined;
  const grad =
    out !== undefined
      ? readShaped(`${action}: out`, out, input.shape, 'input')
      : new Float32Array(input.data.length);
  if (out) checkApart(action, grad, { input: input.data, target: plan.target });

  const values = reduction === 'none' ? new Float32Array(sizeOf(plan.shape)) : null;
  const scale = reduction === 'mean' ? 1 / (plan.divisor || Infinity) : 1;
  const tensors = { action, input: input.data, grad, values, scale };
  const sum = yield* checked(settled(plan.run(backend, tensors)), () =>
    checkStillThere(action, input.data.length, { input: input.data, out: grad }),
  );
  const reduced = reduction === 'mean' ? sum / plan.divisor : sum;
  return {
    value: values ? { data: values, shape: [...plan.shape] } : reduced,
    grad: { data: out?.data ?? grad, shape: [...input.shape] },
  };
}

/** Checks, after a wait, that no array was detached or resized meanwhile. Throws ShapeError. */
function checkStillThere(
  action: string,
  length: number,
  arrays: Record<string, Float32Array>,
): void {
  for (const [name, array] of Object.entries(arrays)) {
    if (array.length === length) continue;
    throw new ShapeError(
      'TENSOR_LENGTH',
      `${action}: ${name}.data needs to keep its ${length} values during the call, has ${array.length}`,
    );
  }
}
