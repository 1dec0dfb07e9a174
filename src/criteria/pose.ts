import { assignmentOf, type Positives } from '../backend/assign/positives.ts';
import type { Dense } from '../backend/inputs.ts';
import type { KeypointInputs } from '../backend/task-inputs.ts';
import type { PoseGrads, PosePredictions, PoseTargets, PoseValue } from '../task-types.ts';
import type { Assignment, TensorData } from '../types.ts';
import { objectForm, readParts } from '../validate/form.ts';
import { validateKeypoints } from '../validate/keypoints.ts';
import type { PoseOptions } from '../validate/pose-options.ts';
import { validatePredictions } from '../validate/predictions.ts';
import { readSized } from '../validate/sized.ts';
import { validateTargets } from '../validate/targets.ts';
import { assignHead, headLoss, headOf, taskValue } from './head-losses.ts';
import type { AssigningTask, AssigningTypes, Inputs } from './task.ts';

interface PoseInputs extends Inputs {
  keypoints: KeypointInputs<Dense>;
}

interface PoseTypes extends AssigningTypes {
  predictions: PosePredictions<this['data']>;
  targets: PoseTargets;
  inputs: PoseInputs;
  value: PoseValue;
  grads: PoseGrads<this['data']>;
  assignment: Assignment;
}

/** Detection loss and the keypoint losses of its positives. */
export function poseTask(options: PoseOptions): AssigningTask<PoseTypes> {
  const { strides, gains, keypointShape, sigmas, checkFinite } = options;
  const [count, numbers] = keypointShape;
  return {
    form: objectForm<PoseGrads<TensorData>>({ feats: strides.length, keypoints: null }),

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
      const grouped = validateTargets(action, targets, predictions, ['keypoints']);
      const truth = validateKeypoints(action, targets.keypoints, grouped.given, keypointShape);
      return {
        heads: [headOf(options, { ...predictions, others }, grouped)],
        tensors: [...levels, keypoints],
        keypoints: {
          predicted: keypoints.data,
          count,
          numbers,
          truth: { keypoints: truth, sigmas },
        },
      };
    },

    assign: assignHead,

    *loss(call, { heads: [head], keypoints }) {
      const { batch, levels } = head.predictions;
      const factorsOf = ({ anchors }: Positives) => {
        const terms = Math.max(anchors.length, 1) * count;
        return { pose: gains.pose / terms, kobj: gains.kobj / terms };
      };
      const loss = yield* headLoss(call, options, head, (positives, grads) => {
        const factors = factorsOf(positives);
        const scale = { pose: factors.pose * batch, kobj: factors.kobj * batch };
        const own = grads?.[levels.length] ?? null;
        return call.on.head(0).keypoints(positives, keypoints, scale, own);
      });
      const { positives, items, more } = loss;
      const factors = factorsOf(positives);
      const [pose, kobj] = [factors.pose * more.pose, factors.kobj * more.kobj];
      const { box, cls, dfl } = items;
      return taskValue({ box, pose, kobj, cls, dfl }, batch, assignmentOf(positives));
    },
  };
}
