import type { Dense } from '../backend/inputs.ts';
import type {
  Decode,
  KeypointInputs,
  KeypointSums,
  KeypointTargets,
  Likelihood,
  LikelihoodInputs,
} from '../backend/task-inputs.ts';
import type { PoseGrads, PosePredictions, PoseTargets, PoseValue } from '../task-types.ts';
import type { Assignment, DetectionItems } from '../types.ts';
import { partName, readParts } from '../validate/form.ts';
import { validateKeypoints } from '../validate/keypoints.ts';
import { dataOf, FLOW_TENSORS, othersOf, validateFlow } from '../validate/likelihood.ts';
import type { PoseHead, PoseOptions } from '../validate/pose-options.ts';
import { validatePredictions } from '../validate/predictions.ts';
import { readSized } from '../validate/sized.ts';
import { validateTargets } from '../validate/targets.ts';
import type {
  Head,
  HeadParts,
  HeadPredictions,
  HeadsTypes,
  HeadTargets,
  HeadTask,
} from './head-task.ts';
import { oneHead } from './one-head.ts';

export { parsePoseOptions } from '../validate/pose-options.ts';

interface PoseTypes extends HeadsTypes {
  predictions: PosePredictions<this['data']>;
  targets: PoseTargets;
  value: PoseValue;
  grads: PoseGrads<this['data']>;
  assignment: Assignment;
}

interface PoseHeadPredictions extends HeadPredictions {
  keypoints: Dense;
  /** Whether deviations are given, whose gradient follows the keypoints'. */
  hasSigmas: boolean;
  likelihood: LikelihoodInputs<Dense> | null;
}

interface PoseHeadTargets extends HeadTargets {
  keypoints: KeypointTargets;
}

/** Each kind of head decodes x and y as factor · value + cell centre + offset, grid units. */
const DECODES: Record<PoseHead, Decode> = {
  v8: { factor: 2, offset: -0.5 },
  '26': { factor: 1, offset: 0 },
};

/** Weights of COCO's keypoints in the likelihood: elbows and knees, wrists and ankles count more. */
const COCO_WEIGHTS = [1, 1, 1, 1, 1, 1, 1, 1.2, 1.2, 1.5, 1.5, 1, 1, 1.2, 1.2, 1.5, 1.5];

/** Optional part that heads share. */
const FLOW = ['flow'];

/** Detection loss, keypoint losses of its positives and, of a head of YOLO26, the likelihood of their keypoints. */
export function poseHead(
  options: PoseOptions,
): HeadTask<PoseHeadPredictions, PoseHeadTargets, Likelihood | null, KeypointSums> {
  const { strides, gains, keypointShape, sigmas, head: kind, checkFinite } = options;
  const [count, numbers] = keypointShape;
  const isCoco = count === COCO_WEIGHTS.length && numbers === 3;
  const weights = isCoco ? COCO_WEIGHTS : new Array<number>(count).fill(1);
  const parts = { own: { feats: strides.length, keypoints: null }, shared: {} };
  const is26 = kind === '26';

  const inputsOf = ({
    read,
    truth,
  }: Head<PoseHeadPredictions, PoseHeadTargets>): KeypointInputs<Dense> => ({
    predicted: read.keypoints,
    count,
    numbers,
    decode: DECODES[kind],
    truth: truth.keypoints,
    likelihood: read.likelihood,
  });
  const factorsOf = (positives: number) => {
    const terms = Math.max(positives, 1) * count;
    return { pose: gains.pose / terms, kobj: gains.kobj / terms };
  };

  return {
    options,
    parts,
    optionalShared: is26 ? FLOW : [],

    read(action, head, given, shared, takesBuffers) {
      const name = `${action}: ${head || 'predictions'}`;
      const optional = is26 ? ['sigmas', ...(head ? [] : FLOW)] : [];
      const own = readParts(name, given, ['feats', 'keypoints'], optional);
      const ofLevels = partName(head, 'feats');
      const predictions = validatePredictions(action, ofLevels, own.feats, options, takesBuffers);
      const { batch, anchors, levels } = predictions;
      const read = (part: string, tensor: unknown, channels: readonly [string, number]) => {
        const name = partName(head, part);
        const axes = [['B', batch], channels, ['A', anchors]] as const;
        return {
          name,
          ...readSized(`${action}: ${name}`, tensor, axes, checkFinite, takesBuffers),
        };
      };
      const keypoints = read('keypoints', own.keypoints, ['K·D', count * numbers]);
      const { sigmas: givenSigmas } = (is26 ? given : {}) as Partial<PosePredictions>;
      const { flow: givenFlow } = (is26 ? shared : {}) as Partial<PosePredictions>;
      const deviations =
        givenSigmas === undefined ? null : read('sigmas', givenSigmas, ['2K', 2 * count]);
      const flow =
        givenFlow === undefined
          ? null
          : validateFlow(`${action}: flow`, givenFlow, checkFinite, takesBuffers);
      const tensors = deviations ? [keypoints, deviations] : [keypoints];
      return {
        predictions: { ...predictions, others: [...tensors, ...(flow ? othersOf(flow) : [])] },
        parts: deviations || flow ? partsWith(parts.own, !!deviations, !!flow) : parts,
        own: [...levels, ...tensors],
        shared: flow?.tensors ?? [],
        keypoints: keypoints.data,
        hasSigmas: deviations !== null,
        likelihood: deviations &&
          flow && {
            sigmas: deviations.data,
            flow: dataOf(flow.tensors),
            hidden: flow.hidden,
            weights,
          },
      };
    },

    readTargets(action, given, { predictions }) {
      const own = given as PoseTargets;
      const targets = validateTargets(action, own, predictions, ['keypoints']);
      const keypoints = validateKeypoints(action, own.keypoints, targets.given, keypointShape);
      return { targets, keypoints: { keypoints, sigmas } };
    },

    prepare(on, head, positives, hasGrads) {
      const scale = gains.rle * head.predictions.batch * head.weight;
      return on.likelihood(positives, inputsOf(head), hasGrads ? scale : null);
    },

    join: joinFlows,

    add(on, head, positives, grads, likelihood) {
      const { pose, kobj } = factorsOf(positives.anchors.length);
      const { batch, levels } = head.predictions;
      const scale = { pose: pose * batch * head.weight, kobj: kobj * batch * head.weight };
      const [keypoints, ofSigmas = null] = grads?.own.slice(levels.length) ?? [];
      const own = grads && { keypoints, sigmas: ofSigmas, flow: grads.shared ?? [] };
      return on.keypoints(positives, inputsOf(head), scale, own, likelihood);
    },

    items({ box, cls, dfl }, { anchors }, sums, likelihood): DetectionItems & PoseValue['items'] {
      const factors = factorsOf(anchors.length);
      const [pose, kobj] = [factors.pose * sums.pose, factors.kobj * sums.kobj];
      return { box, pose, kobj, cls, dfl, rle: gains.rle * (likelihood?.mean ?? 0) };
    },
  };
}

export function poseTask(options: PoseOptions) {
  return oneHead<PoseTypes>(poseHead(options));
}

/** Structure of predictions with the optional parts. */
function partsWith(
  own: { feats: number; keypoints: null },
  hasSigmas: boolean,
  hasFlow: boolean,
): HeadParts {
  return {
    own: hasSigmas ? { ...own, sigmas: null } : own,
    shared: hasFlow ? { flow: FLOW_TENSORS } : {},
  };
}

/** Adds up the flow's gradients of all heads in those of the first head that has some. Returns its index. */
function joinFlows(ready: readonly (Likelihood | null)[]): number {
  const first = Math.max(
    ready.findIndex((own) => own?.grads),
    0,
  );
  const sum = ready[first]?.grads?.flow;
  for (const own of ready.slice(first + 1)) {
    own?.grads?.flow.forEach((slope, i) => {
      if (sum) sum[i] += slope;
    });
  }
  return first;
}
