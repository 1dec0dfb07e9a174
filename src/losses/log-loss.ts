import { planElementwise, readTarget } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/** −t·log p − (1 − t)·log(1 − p) of probabilities p, logarithms at least −100. */
export const logLoss: LossModule = {
  options: [],
  plan: (call) => planElementwise(call, { loss: 'logLoss', target: readTarget(call) }),
};
