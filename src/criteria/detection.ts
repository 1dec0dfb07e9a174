import { type Stages, settled } from '../stages.ts';
import type { Assignment, DetectionTargets, DetectionValue, Tensor, TensorData } from '../types.ts';
import { listForm } from '../validate/form.ts';
import type { DetectionOptions } from '../validate/options.ts';
import { validatePredictions } from '../validate/predictions.ts';
import { validateTargets } from '../validate/targets.ts';
import { headItems, headLosses } from './head-losses.ts';
import { normalizerOf } from './normalizer.ts';
import type { AssigningTask, Call, Inputs } from './task.ts';

/** The YOLOv8 detection loss: assign → classify → regress. */
export function detectionTask(
  options: DetectionOptions,
): AssigningTask<
  readonly Tensor<TensorData>[],
  DetectionTargets,
  Inputs,
  DetectionValue,
  Tensor<TensorData>[],
  Assignment
> {
  const { strides, assigner, classification, reduceNormalizer } = options;
  return {
    form: listForm('feats', strides.length),

    validate(action, feats, given, takesBuffers) {
      const predictions = validatePredictions(action, 'feats', feats, options, takesBuffers);
      const targets = validateTargets(action, given, predictions);
      return { heads: [{ predictions, targets }], tensors: predictions.levels };
    },

    assign: ({ action, backend }, { heads: [{ predictions, targets }] }) =>
      settled(backend.assign(action, predictions, targets, assigner, null)),

    *loss(call: Call, { heads: [head] }: Inputs): Stages<DetectionValue> {
      const { predictions, targets } = head;
      const assignment = yield* settled(
        call.backend.assign(call.action, predictions, targets, assigner, classification),
      );
      const normalizer = yield* normalizerOf(call.action, reduceNormalizer, assignment.scoresSum);
      const grads = call.destinations();
      const sums = yield* settled(headLosses(call, options, head, assignment, normalizer, grads));
      const items = headItems(options, sums, normalizer);
      const total = (items.box + items.cls + items.dfl) * predictions.batch;
      return { total, items, assignment };
    },
  };
}
