import { assignmentOf, type Positives } from '../backend/assign/positives.ts';
import type { Dense } from '../backend/inputs.ts';
import type { Decode, KeypointInputs, Likelihood } from '../backend/task-inputs.ts';
import type { PoseGrads, PosePredictions, PoseTargets, PoseValue } from '../task-types.ts';
import type { Assignment, TensorData } from '../types.ts';
import { objectForm, readParts } from '../validate/form.ts';
import { validateKeypoints } from '../validate/keypoints.ts';
import { dataOf, FLOW_TENSORS, othersOf, validateFlow } from '../validate/likelihood.ts';
import type { PoseHead, PoseOptions } from '../validate/pose-options.ts';
import { validatePredictions } from '../validate/predictions.ts';
import { readSized } from '../validate/sized.ts';
import { validateTargets } from '../validate/targets.ts';
import { assignHead, headLoss, headOf, taskValue } from './head-losses.ts';
import type { AssigningTask, AssigningTypes, Inputs } from './task.ts';

export { parsePoseOptions } from '../validate/pose-options.ts';

interface PoseInputs extends Inputs {
  keypoints: KeypointInputs<Dense>;
  /** Whether deviations are given, whose gradient follows the keypoints'. */
  hasSigmas: boolean;
}

interface PoseTypes extends AssigningTypes {
  predictions: PosePredictions<this['data']>;
  targets: PoseTargets;
  inputs: PoseInputs;
  value: PoseValue;
  grads: PoseGrads<this['data']>;
  assignment: Assignment;
}

/** Each kind of head decodes x and y as factor · value + cell centre + offset, grid units. */
const DECODES: Record<PoseHead, Decode> = {
  v8: { factor: 2, offset: -0.5 },
  '26': { factor: 1, offset: 0 },
};

/** Weights of COCO's keypoints in the likelihood: elbows and knees, wrists and ankles count more. */
const COCO_WEIGHTS = [1, 1, 1, 1, 1, 1, 1, 1.2, 1.2, 1.5, 1.5, 1, 1, 1.2, 1.2, 1.5, 1.5];

/** Detection loss, keypoint losses of its positives and, of a head of YOLO26, the likelihood of their keypoints. */
export function poseTask(options: PoseOptions): AssigningTask<PoseTypes> {
  const { strides, gains, keypointShape, sigmas, head: kind, checkFinite } = options;
  const [count, numbers] = keypointShape;
  const isCoco = count === COCO_WEIGHTS.length && numbers === 3;
  const weights = isCoco ? COCO_WEIGHTS : new Array<number>(count).fill(1);
  const formOf = (hasSigmas: boolean, hasFlow: boolean) =>
    objectForm<PoseGrads<TensorData>>({
      feats: strides.length,
      keypoints: null,
      ...(hasSigmas && { sigmas: null }),
      ...(hasFlow && { flow: FLOW_TENSORS }),
    });
  const form = formOf(false, false);

  return {
    form,

    validate(action, given, targets, takesBuffers) {
      const parts = readParts(`${action}: predictions`, given, ['feats', 'keypoints']);
      const predictions = validatePredictions(action, 'feats', parts.feats, options, takesBuffers);
      const { batch, anchors, levels } = predictions;
      const read = (name: string, tensor: unknown, channels: readonly [string, number]) => ({
        name,
        ...readSized(
          `${action}: ${name}`,
          tensor,
          [['B', batch], channels, ['A', anchors]],
          checkFinite,
          takesBuffers,
        ),
      });
      const keypoints = read('keypoints', parts.keypoints, ['K·D', count * numbers]);
      const { sigmas: givenSigmas, flow: givenFlow } = kind === '26' ? given : {};
      const deviations =
        givenSigmas === undefined ? null : read('sigmas', givenSigmas, ['2K', 2 * count]);
      const flow =
        givenFlow === undefined
          ? null
          : validateFlow(`${action}: flow`, givenFlow, checkFinite, takesBuffers);
      const own = deviations ? [keypoints, deviations] : [keypoints];
      const others = [...own, ...(flow ? othersOf(flow) : [])];
      const grouped = validateTargets(action, targets, predictions, ['keypoints']);
      const truth = validateKeypoints(action, targets.keypoints, grouped.given, keypointShape);
      return {
        heads: [headOf(options, { ...predictions, others }, grouped)],
        tensors: [...levels, ...own, ...(flow?.tensors ?? [])],
        form: deviations || flow ? formOf(!!deviations, !!flow) : form,
        keypoints: {
          predicted: keypoints.data,
          count,
          numbers,
          decode: DECODES[kind],
          truth: { keypoints: truth, sigmas },
          likelihood: deviations &&
            flow && {
              sigmas: deviations.data,
              flow: dataOf(flow.tensors),
              hidden: flow.hidden,
              weights,
            },
        },
        hasSigmas: deviations !== null,
      };
    },

    assign: assignHead,

    *loss(call, { heads: [head], keypoints, hasSigmas }) {
      const { batch, levels } = head.predictions;
      const factorsOf = ({ anchors }: Positives) => {
        const terms = Math.max(anchors.length, 1) * count;
        return { pose: gains.pose / terms, kobj: gains.kobj / terms };
      };
      const ownGrads = (grads: readonly Dense[]) => {
        const [own, ...rest] = grads.slice(levels.length);
        const deviations = hasSigmas ? (rest.shift() ?? null) : null;
        return { keypoints: own, sigmas: deviations, flow: rest };
      };
      const prepare = (positives: Positives) =>
        call.on.head(0).likelihood(positives, keypoints, call.hasGrads ? gains.rle * batch : null);
      const addTo = (
        positives: Positives,
        grads: readonly Dense[] | null,
        likelihood: Likelihood | null,
      ) => {
        const { pose, kobj } = factorsOf(positives);
        const scale = { pose: pose * batch, kobj: kobj * batch };
        const own = grads && ownGrads(grads);
        return call.on.head(0).keypoints(positives, keypoints, scale, own, likelihood);
      };
      const loss = yield* headLoss(call, options, head, addTo, prepare);
      const { positives, items, more, ready } = loss;
      const factors = factorsOf(positives);
      const [pose, kobj] = [factors.pose * more.pose, factors.kobj * more.kobj];
      const { box, cls, dfl } = items;
      const rle = gains.rle * (ready?.mean ?? 0);
      return taskValue({ box, pose, kobj, cls, dfl, rle }, batch, assignmentOf(positives));
    },
  };
}
