import { planElementwise, readTarget } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/** α_t · (1 − p_t)^γ · BCE of logits with soft targets in [0, 1]. Source: Lin et al., arXiv:1708.02002, eq. 5. */
export const focal: LossModule = {
  options: ['alpha', 'gamma'],
  plan(call) {
    const alpha = call.options.number('alpha', 0.25, 1);
    const gamma = call.options.power('gamma', 2);
    return planElementwise(call, { loss: 'focal', target: readTarget(call), alpha, gamma });
  },
};
