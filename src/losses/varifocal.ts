import { planElementwise, readTarget } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/** t · BCE of logits where t > 0, else α · p^γ · BCE. Source: Zhang et al., arXiv:2008.13367, eq. 2. */
export const varifocal: LossModule = {
  options: ['alpha', 'gamma'],
  plan(call) {
    const alpha = call.options.number('alpha', 0.75);
    const gamma = call.options.power('gamma', 2);
    return planElementwise(call, { loss: 'varifocal', target: readTarget(call), alpha, gamma });
  },
};
