import { planElementwise, readTarget } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/** t·(log t − x) of log-probabilities x; 0 where t = 0. */
export const klDiv: LossModule = {
  options: [],
  plan: (call) => planElementwise(call, { loss: 'klDiv', target: readTarget(call) }),
};
