import { planElementwise, readTarget } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/** Smallest β: every nonzero difference of float32 numbers is larger, and 1 / β stays finite. */
const SMALLEST_BETA = 2 ** -200;

/** d²/2β where |d| < β, else |d| − β/2, d = x − t: Huber's loss with δ = β, divided by β; β = 0 is `l1`. */
export const smoothL1: LossModule = {
  options: ['beta'],
  plan(call) {
    const beta = call.options.number('beta', 1);
    const target = readTarget(call);
    if (beta < SMALLEST_BETA) return planElementwise(call, { loss: 'l1', target });
    return planElementwise(call, { loss: 'huber', target, delta: beta, factor: 1 / beta });
  },
};
