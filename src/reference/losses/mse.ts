import { elementwise, type Loss, type LossOptions, type Values } from './reduce.ts';

/**
 * Squared error (x − t)².
 *
 * @param target the input's shape; constant for the gradient
 * Source: PyTorch, mse_loss
 */
export function mse(input: Values, target: Values, options: LossOptions = {}): Loss {
  return elementwise(input, target, options, (x, t) => ({
    value: (x - t) ** 2,
    grad: 2 * (x - t),
  }));
}
