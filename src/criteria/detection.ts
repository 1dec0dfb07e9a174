import { assignmentOf } from '../backend/assign/positives.ts';
import type { Assignment, DetectionTargets, DetectionValue, Tensor } from '../types.ts';
import { listForm } from '../validate/form.ts';
import type { DetectionOptions } from '../validate/options.ts';
import { validatePredictions } from '../validate/predictions.ts';
import { validateTargets } from '../validate/targets.ts';
import { assignHead, headLoss, headOf, taskValue } from './head-losses.ts';
import type { AssigningTask, AssigningTypes } from './task.ts';

interface DetectionTypes extends AssigningTypes {
  predictions: readonly Tensor<this['data']>[];
  targets: DetectionTargets;
  value: DetectionValue;
  grads: Tensor<this['data']>[];
  assignment: Assignment;
}

/** The detection loss: class, box and DFL loss. */
export function detectionTask(options: DetectionOptions): AssigningTask<DetectionTypes> {
  return {
    form: listForm('feats', options.strides.length),

    validate(action, feats, given, takesBuffers) {
      const predictions = validatePredictions(action, 'feats', feats, options, takesBuffers, 'out');
      const targets = validateTargets(action, given, predictions);
      return { heads: [headOf(options, predictions, targets)], tensors: predictions.levels };
    },

    assign: assignHead,

    *loss(call, { heads: [head] }) {
      const { items, positives } = yield* headLoss(call, options, head);
      return taskValue(items, head.predictions.batch, assignmentOf(positives));
    },
  };
}
