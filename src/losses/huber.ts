import { planElementwise, readTarget } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/** d²/2 where |d| < δ, else δ·(|d| − δ/2), d = x − t. */
export const huber: LossModule = {
  options: ['delta'],
  plan(call) {
    const isRight = (n: unknown) => typeof n === 'number' && n > 0 && n < Infinity;
    const delta = call.options.where<number>('delta', isRight, 'a finite number above 0', 1);
    return planElementwise(call, { loss: 'huber', target: readTarget(call), delta, factor: 1 });
  },
};
