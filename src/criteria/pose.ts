import type { Dense } from '../backend/backend.ts';
import type { KeypointPredictions, KeypointTargets } from '../backend/task-inputs.ts';
import { settled } from '../stages.ts';
import type { PoseGrads, PosePredictions, PoseTargets, PoseValue } from '../task-types.ts';
import type { Assignment, TensorData } from '../types.ts';
import { objectForm, readParts } from '../validate/form.ts';
import { validateKeypoints } from '../validate/keypoints.ts';
import type { PoseOptions } from '../validate/pose-options.ts';
import { validatePredictions } from '../validate/predictions.ts';
import { readSized } from '../validate/sized.ts';
import { BOX_LISTS, validateTargets } from '../validate/targets.ts';
import { assignHead, headLoss, taskValue } from './head-losses.ts';
import type { AssigningTask, AssigningTypes, Inputs } from './task.ts';

interface PoseInputs extends Inputs {
  keypoints: KeypointPredictions<Dense>;
  keypointTargets: KeypointTargets;
}

interface PoseTypes extends AssigningTypes {
  predictions: PosePredictions<TensorData>;
  targets: PoseTargets;
  inputs: PoseInputs;
  value: PoseValue;
  grads: PoseGrads<TensorData>;
  assignment: Assignment;
}

/** Detection's loss, and the keypoint losses of its positives. */
export function poseTask(options: PoseOptions): AssigningTask<PoseTypes> {
  const { strides, gains, keypointShape, sigmas, checkFinite } = options;
  const [count, numbers] = keypointShape;
  return {
    form: objectForm<PoseGrads<TensorData>>({ feats: strides.length, keypoints: null }),
    targets: { lists: BOX_LISTS, tensors: ['keypoints'] },

    validate(action, given, targets, takesBuffers) {
      const parts = readParts(`${action}: predictions`, given, ['feats', 'keypoints']);
      const predictions = validatePredictions(action, 'feats', parts.feats, options, takesBuffers);
      const { batch, anchors, levels } = predictions;
      const keypoints = readSized(
        `${action}: keypoints`,
        parts.keypoints,
        [
          ['B', batch],
          ['K·D', count * numbers],
          ['A', anchors],
        ],
        checkFinite,
        takesBuffers,
      );
      const others = [{ name: 'keypoints', ...keypoints }];
      const grouped = validateTargets(action, targets, predictions);
      const truth = validateKeypoints(action, targets.keypoints, grouped.given, keypointShape);
      return {
        heads: [{ predictions: { ...predictions, others }, targets: grouped }],
        tensors: [...levels, keypoints],
        keypoints: { keypoints: keypoints.data, count, numbers },
        keypointTargets: { keypoints: truth, sigmas },
      };
    },

    assign: (call, { heads: [head] }) => settled(assignHead(call, options, head, null)),

    *loss(call, { heads: [head], keypoints, keypointTargets }) {
      const { predictions, targets } = head;
      const { batch, levels } = predictions;
      const factorsOf = ({ anchor }: Assignment) => {
        const terms = Math.max(anchor.length, 1) * count;
        return { pose: gains.pose / terms, kobj: gains.kobj / terms };
      };
      const { assignment, items, more } = yield* headLoss(
        call,
        options,
        head,
        (assignment, grads) => {
          const factors = factorsOf(assignment);
          return call.backend.keypoints(
            call.action,
            predictions,
            targets,
            assignment,
            keypoints,
            keypointTargets,
            { pose: factors.pose * batch, kobj: factors.kobj * batch },
            grads?.[levels.length] ?? null,
          );
        },
      );
      const factors = factorsOf(assignment);
      const [pose, kobj] = [factors.pose * more.pose, factors.kobj * more.kobj];
      const { box, cls, dfl } = items;
      return taskValue({ box, pose, kobj, cls, dfl }, batch, assignment);
    },
  };
}
