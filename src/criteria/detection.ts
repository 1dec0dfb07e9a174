import type { Assignment, DetectionTargets, DetectionValue, Tensor } from '../types.ts';
import type { DetectionOptions } from '../validate/options.ts';
import { validatePredictions } from '../validate/predictions.ts';
import { validateTargets } from '../validate/targets.ts';
import type { HeadsTypes, HeadTask } from './head-task.ts';
import { oneHead } from './one-head.ts';

interface DetectionTypes extends HeadsTypes {
  predictions: readonly Tensor<this['data']>[];
  targets: DetectionTargets;
  value: DetectionValue;
  grads: Tensor<this['data']>[];
  assignment: Assignment;
}

/** The detection loss: class, box and distance loss. */
export function detectionHead(options: DetectionOptions): HeadTask {
  const parts = { own: options.strides.length, shared: {} };
  return {
    options,
    parts,

    read(action, name, given, _, takesBuffers) {
      const [own, out] = name ? [name, `out.${name}`] : ['feats', 'out'];
      const predictions = validatePredictions(action, own, given, options, takesBuffers, out);
      return { predictions, parts, own: predictions.levels, shared: [] };
    },

    readTargets: (action, targets, { predictions }) => ({
      targets: validateTargets(action, targets as DetectionTargets, predictions),
    }),

    items: ({ box, cls, dfl }) => ({ box, cls, dfl }),
  };
}

export function detectionTask(options: DetectionOptions) {
  return oneHead<DetectionTypes>(detectionHead(options));
}
