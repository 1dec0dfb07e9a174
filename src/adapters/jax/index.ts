/**
 * Criteria at the end of jax-js models.
 *
 * @module detloss/jax
 */
export type { AnyCriterion, CallOptionsOf, TargetsOf, ValueOf } from '../any-criterion.ts';
export { adaptCriterion } from './adapt-criterion.ts';
export type { Jax, JaxArray, JaxValueAndGrad } from './types.ts';
