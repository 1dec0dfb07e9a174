import { planElementwise, readTarget } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/** d²/2 where |d| < δ, else δ·(|d| − δ/2), d = x − t. */
export const huber: LossModule = {
  options: ['delta'],
  plan(call) {
    const delta = call.options.raw('delta', 1);
    const isUsable = typeof delta === 'number' && delta > 0 && delta < Infinity;
    if (!isUsable) throw call.options.invalid('delta', 'a finite number above 0');
    return planElementwise(call, { loss: 'huber', target: readTarget(call), delta, factor: 1 });
  },
};
