import type { Dense } from '../backend/inputs.ts';
import type { MaskInputs, MaskSums } from '../backend/task-inputs.ts';
import type {
  SegmentationGrads,
  SegmentationPredictions,
  SegmentationTargets,
  SegmentationValue,
} from '../task-types.ts';
import type { Assignment, DetectionItems } from '../types.ts';
import { partName, readParts } from '../validate/form.ts';
import { validateMasks } from '../validate/masks.ts';
import { validatePixelClasses } from '../validate/pixel-classes.ts';
import { validatePredictions } from '../validate/predictions.ts';
import type { SegmentationOptions } from '../validate/segmentation-options.ts';
import { readSized } from '../validate/sized.ts';
import { validateTargets } from '../validate/targets.ts';
import type { DenseTensor } from '../validate/tensor.ts';
import type { HeadPredictions, HeadsTypes, HeadTargets, HeadTask } from './head-task.ts';
import { oneHead } from './one-head.ts';

export { parseSegmentationOptions } from '../validate/segmentation-options.ts';

interface SegmentationTypes extends HeadsTypes {
  predictions: SegmentationPredictions<this['data']>;
  targets: SegmentationTargets;
  value: SegmentationValue;
  grads: SegmentationGrads<this['data']>;
  assignment: Assignment;
}

interface MaskHeadPredictions extends HeadPredictions {
  coefficients: DenseTensor;
  prototypes: DenseTensor;
  /** Semantic logits; null: there are none. */
  logits: DenseTensor | null;
}

interface MaskHeadTargets extends HeadTargets {
  masks: MaskInputs<Dense>['truth'];
  /** Classes of the pixels, at the size of the logits; null: there are none. */
  classes: Int32Array | null;
}

/** Parts that predictions may lack. */
const OPTIONAL = ['semantic'];

/** Detection loss, the mask loss of its positives and, with semantic logits, the loss of the pixels' classes. */
export function segmentationHead(
  options: SegmentationOptions,
): HeadTask<MaskHeadPredictions, MaskHeadTargets, unknown, MaskSums> {
  const { strides, gains, overlap, resize, checkFinite, numClasses } = options;
  const own = { feats: strides.length, coefficients: null };
  const parts = { own, shared: { prototypes: null } };
  const withSemantic = { own, shared: { prototypes: null, semantic: null } };

  return {
    options,
    parts,
    optionalShared: OPTIONAL,

    read(action, head, given, shared, takesBuffers) {
      // A single head's prototypes are beside its other parts
      const names = ['feats', 'coefficients', ...(head ? [] : ['prototypes'])];
      const optional = head ? [] : OPTIONAL;
      const own = readParts(`${action}: ${head || 'predictions'}`, given, names, optional);
      const both = shared as SegmentationPredictions;
      const ofLevels = partName(head, 'feats');
      const predictions = validatePredictions(action, ofLevels, own.feats, options, takesBuffers);
      const { batch, anchors, levels } = predictions;
      const read = (
        name: string,
        tensor: unknown,
        ...axes: (readonly [string, number | null])[]
      ) => ({
        name,
        ...readSized(
          `${action}: ${name}`,
          tensor,
          [['B', batch], ...axes],
          checkFinite,
          takesBuffers,
        ),
      });
      const pixels = [['h', null] as const, ['w', null] as const];
      const name = partName(head, 'coefficients');
      const coefficients = read(name, own.coefficients, ['M', null], ['A', anchors]);
      const [, channels] = coefficients.shape;
      const prototypes = read('prototypes', both.prototypes, ['M', channels], ...pixels);
      const logits =
        both.semantic === undefined
          ? null
          : read('semantic', both.semantic, ['C', numClasses], ...pixels);
      const others = logits ? [prototypes, logits] : [prototypes];
      return {
        predictions: { ...predictions, others: [coefficients, ...others] },
        parts: logits ? withSemantic : parts,
        own: [...levels, coefficients],
        shared: others,
        coefficients,
        prototypes,
        logits,
      };
    },

    readTargets(action, given, { predictions, logits }) {
      const own = given as SegmentationTargets;
      const targets = validateTargets(action, own, predictions, ['masks'], ['semantic']);
      const masks = validateMasks(action, own.masks, targets, overlap);
      const [, , height, width] = logits?.shape ?? [];
      const classes =
        logits &&
        validatePixelClasses(action, own.semantic, targets, masks, numClasses, [height, width]);
      return { targets, masks, classes, truth: { name: 'targets.masks', tensor: masks.masks } };
    },

    add(on, { read, truth, predictions, weight }, positives, grads) {
      const { coefficients, prototypes, logits } = read;
      const { masks, classes } = truth;
      const semantic = logits && classes && { logits, classes };
      const inputs = { coefficients, prototypes, truth: masks, resize, semantic };
      const sem = gains.seg * predictions.batch * weight;
      const scale = { seg: sem / Math.max(positives.anchors.length, 1), sem };
      const [ofPrototypes = null, ofLogits = null] = grads?.shared ?? [];
      const own = grads && {
        coefficients: grads.own[predictions.levels.length],
        prototypes: ofPrototypes,
        semantic: ofLogits,
      };
      return on.masks(positives, inputs, scale, own);
    },

    items({ box, cls, dfl }, { anchors }, sums): DetectionItems & SegmentationValue['items'] {
      const seg = (gains.seg / Math.max(anchors.length, 1)) * sums.seg;
      return { box, seg, cls, dfl, sem: gains.seg * sums.sem };
    },
  };
}

export function segmentationTask(options: SegmentationOptions) {
  return oneHead<SegmentationTypes>(segmentationHead(options));
}
