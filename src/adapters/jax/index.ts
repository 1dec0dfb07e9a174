export { detectionLoss } from './detection-loss.ts';
export type { Jax, JaxArray, JaxValueAndGrad } from './types.ts';
