import { hingeTerm } from './hinge.ts';
import { elementwise, type Loss, type LossOptions, type Values } from './reduce.ts';

/**
 * Squared hinge loss max(0, 1 − t·x)².
 *
 * @param target ±1, the input's shape; constant for the gradient
 */
export function squaredHinge(input: Values, target: Values, options: LossOptions = {}): Loss {
  return elementwise(input, target, options, (x, t) => {
    const { value, grad } = hingeTerm(x, t);
    return { value: value ** 2, grad: 2 * value * grad };
  });
}
