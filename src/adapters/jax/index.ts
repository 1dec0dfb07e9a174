/**
 * Criteria at the end of jax-js models.
 *
 * @module detloss/jax
 */
export type { AnyCriterion, TargetsOf, ValueOf } from '../any-criterion.ts';
export { detectionLoss } from './detection-loss.ts';
export type { Jax, JaxArray, JaxValueAndGrad } from './types.ts';
