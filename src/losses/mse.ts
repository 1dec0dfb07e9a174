import { planElementwise, readTarget } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/** Squared error (x − t)². */
export const mse: LossModule = {
  options: [],
  plan: (call) => planElementwise(call, { loss: 'mse', target: readTarget(call) }),
};
