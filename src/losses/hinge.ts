import { planElementwise, readSigns } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/** max(0, 1 − t·x), targets ±1; its gradient is 0 where t·x = 1. */
export const hinge: LossModule = {
  options: [],
  plan: (call) => planElementwise(call, { loss: 'hinge', target: readSigns(call) }),
};
