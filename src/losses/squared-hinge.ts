import { planElementwise, readSigns } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/** max(0, 1 − t·x)², targets ±1. */
export const squaredHinge: LossModule = {
  options: [],
  plan: (call) => planElementwise(call, { loss: 'squaredHinge', target: readSigns(call) }),
};
