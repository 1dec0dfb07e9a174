import { planElementwise, readTarget } from './elementwise.ts';
import type { LossModule } from './plan.ts';

/** |t − p|^β · BCE of logits with soft targets in [0, 1]. Source: Li et al., arXiv:2006.04388, eq. 2. */
export const qualityFocal: LossModule = {
  options: ['beta'],
  plan(call) {
    const beta = call.options.power('beta', 2);
    return planElementwise(call, { loss: 'qualityFocal', target: readTarget(call), beta });
  },
};
