import { assignmentOf } from '../backend/assign/positives.ts';
import { ROTATED } from '../backend/assign/rotated.ts';
import type {
  OrientedGrads,
  OrientedPredictions,
  OrientedTargets,
  OrientedValue,
} from '../task-types.ts';
import type { Assignment, TensorData } from '../types.ts';
import { objectForm, readParts } from '../validate/form.ts';
import { keepLearnable } from '../validate/keep-learnable.ts';
import type { OrientedOptions } from '../validate/oriented-options.ts';
import { validatePredictions } from '../validate/predictions.ts';
import { readSized } from '../validate/sized.ts';
import { validateTargets } from '../validate/targets.ts';
import { assignHead, headLoss, headOf, taskValue } from './head-losses.ts';
import type { AssigningTask, AssigningTypes } from './task.ts';

interface OrientedTypes extends AssigningTypes {
  predictions: OrientedPredictions<this['data']>;
  targets: OrientedTargets;
  value: OrientedValue;
  grads: OrientedGrads<this['data']>;
  assignment: Assignment;
}

/** Detection loss of rotated boxes, compared by ProbIoU, and the loss of their angles. */
export function orientedTask(options: OrientedOptions): AssigningTask<OrientedTypes> {
  return {
    form: objectForm<OrientedGrads<TensorData>>({ feats: options.strides.length, angles: null }),

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
      const boxes = { geometry: ROTATED, boxTensors: [angles.data] };
      const predictions = { ...upright, ...boxes, others };
      const all = validateTargets(action, targets, predictions);
      return {
        heads: [
          headOf(options, predictions, keepLearnable(all, predictions, options.smallestSide)),
        ],
        tensors: [...levels, angles],
      };
    },

    assign: assignHead,

    *loss(call, { heads: [head] }) {
      const { items, angle, positives } = yield* headLoss(call, options, head);
      return taskValue({ ...items, angle }, head.predictions.batch, assignmentOf(positives));
    },
  };
}
