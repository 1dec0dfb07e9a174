import { settled } from '../stages.ts';
import type { Assignment, DetectionTargets, DetectionValue, Tensor, TensorData } from '../types.ts';
import { listForm } from '../validate/form.ts';
import type { DetectionOptions } from '../validate/options.ts';
import { validatePredictions } from '../validate/predictions.ts';
import { BOX_LISTS, validateTargets } from '../validate/targets.ts';
import { assignHead, headLoss, taskValue } from './head-losses.ts';
import type { AssigningTask, AssigningTypes } from './task.ts';

interface DetectionTypes extends AssigningTypes {
  predictions: readonly Tensor<TensorData>[];
  targets: DetectionTargets;
  value: DetectionValue;
  grads: Tensor<TensorData>[];
  assignment: Assignment;
}

/** The YOLOv8 detection loss. */
export function detectionTask(options: DetectionOptions): AssigningTask<DetectionTypes> {
  return {
    form: listForm('feats', options.strides.length),
    targets: { lists: BOX_LISTS, tensors: [] },

    validate(action, feats, given, takesBuffers) {
      const predictions = validatePredictions(action, 'feats', feats, options, takesBuffers, 'out');
      const targets = validateTargets(action, given, predictions);
      return { heads: [{ predictions, targets }], tensors: predictions.levels };
    },

    assign: (call, { heads: [head] }) => settled(assignHead(call, options, head, null)),

    *loss(call, { heads: [head] }) {
      const { items, assignment } = yield* headLoss(call, options, head);
      return taskValue(items, head.predictions.batch, assignment);
    },
  };
}
