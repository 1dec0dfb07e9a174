import { settled } from '../stages.ts';
import type {
  OrientedGrads,
  OrientedPredictions,
  OrientedTargets,
  OrientedValue,
} from '../task-types.ts';
import type { Assignment, TensorData } from '../types.ts';
import { objectForm, readParts } from '../validate/form.ts';
import { keepLearnable } from '../validate/keep-learnable.ts';
import type { DetectionOptions } from '../validate/options.ts';
import { validatePredictions } from '../validate/predictions.ts';
import { readSized } from '../validate/sized.ts';
import { BOX_LISTS, validateTargets } from '../validate/targets.ts';
import { assignHead, headLoss, taskValue } from './head-losses.ts';
import type { AssigningTask, AssigningTypes } from './task.ts';

interface OrientedTypes extends AssigningTypes {
  predictions: OrientedPredictions<TensorData>;
  targets: OrientedTargets;
  value: OrientedValue;
  grads: OrientedGrads<TensorData>;
  assignment: Assignment;
}

/** Detection's loss of rotated boxes, compared by ProbIoU. */
export function orientedTask(options: DetectionOptions): AssigningTask<OrientedTypes> {
  return {
    form: objectForm<OrientedGrads<TensorData>>({ feats: options.strides.length, angles: null }),
    targets: { lists: BOX_LISTS, tensors: [] },

    validate(action, given, targets, takesBuffers) {
      const parts = readParts(`${action}: predictions`, given, ['feats', 'angles']);
      const upright = validatePredictions(action, 'feats', parts.feats, options, takesBuffers);
      const { batch, anchors, levels } = upright;
      const angles = readSized(
        `${action}: angles`,
        parts.angles,
        [
          ['B', batch],
          ['1', 1],
          ['A', anchors],
        ],
        options.checkFinite,
        takesBuffers,
      );
      const others = [{ name: 'angles', ...angles }];
      const predictions = { ...upright, angles: angles.data, others };
      const all = validateTargets(action, targets, predictions);
      return {
        heads: [{ predictions, targets: keepLearnable(all, predictions) }],
        tensors: [...levels, angles],
      };
    },

    assign: (call, { heads: [head] }) => settled(assignHead(call, options, head, null)),

    *loss(call, { heads: [head] }) {
      const { items, assignment } = yield* headLoss(call, options, head);
      return taskValue(items, head.predictions.batch, assignment);
    },
  };
}
