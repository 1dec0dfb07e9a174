import { planElementwise, readTarget } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/** Absolute error |x − t|; its gradient is 0 where x = t. */
export const l1: LossModule = {
  options: [],
  plan: (call) => planElementwise(call, { loss: 'l1', target: readTarget(call) }),
};
