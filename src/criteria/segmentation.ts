import { assignmentOf, type Positives } from '../backend/assign/positives.ts';
import type { HeadCall, Pending } from '../backend/backend.ts';
import type { Dense } from '../backend/inputs.ts';
import type { MaskGrads, MaskInputs, MaskSums } from '../backend/task-inputs.ts';
import type {
  SegmentationGrads,
  SegmentationPredictions,
  SegmentationTargets,
  SegmentationValue,
} from '../task-types.ts';
import type { Assignment, TensorData } from '../types.ts';
import { objectForm, readParts } from '../validate/form.ts';
import { validateMasks } from '../validate/masks.ts';
import { validatePixelClasses } from '../validate/pixel-classes.ts';
import { validatePredictions } from '../validate/predictions.ts';
import type { SegmentationOptions } from '../validate/segmentation-options.ts';
import { readSized } from '../validate/sized.ts';
import { validateTargets } from '../validate/targets.ts';
import { assignHead, headLoss, headOf, taskValue } from './head-losses.ts';
import type { AssigningTask, AssigningTypes, Inputs } from './task.ts';

export { parseSegmentationOptions } from '../validate/segmentation-options.ts';

interface SegmentationInputs extends Inputs {
  masks: MaskInputs<Dense>;
}

interface SegmentationTypes extends AssigningTypes {
  predictions: SegmentationPredictions<this['data']>;
  targets: SegmentationTargets;
  inputs: SegmentationInputs;
  value: SegmentationValue;
  grads: SegmentationGrads<this['data']>;
  assignment: Assignment;
}

/** Detection loss, the mask loss of its positives and, with semantic logits, the loss of the pixels' classes. */
export function segmentationTask(options: SegmentationOptions): AssigningTask<SegmentationTypes> {
  const { strides, overlap, resize, checkFinite, numClasses } = options;
  const parts = { feats: strides.length, coefficients: null, prototypes: null };
  const form = objectForm<SegmentationGrads<TensorData>>(parts);
  const withSemantic = objectForm<SegmentationGrads<TensorData>>({ ...parts, semantic: null });
  return {
    form,

    validate(action, given, targets, takesBuffers) {
      const names = ['feats', 'coefficients', 'prototypes'] as const;
      const parts = readParts(`${action}: predictions`, given, names);
      const predictions = validatePredictions(action, 'feats', parts.feats, options, takesBuffers);
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
      const coefficients = read('coefficients', parts.coefficients, ['M', null], ['A', anchors]);
      const [, channels] = coefficients.shape;
      const prototypes = read('prototypes', parts.prototypes, ['M', channels], ...pixels);
      const logits =
        given.semantic === undefined
          ? null
          : read('semantic', given.semantic, ['C', numClasses], ...pixels);
      const others = logits ? [coefficients, prototypes, logits] : [coefficients, prototypes];
      const grouped = validateTargets(action, targets, predictions, ['masks'], ['semantic']);
      const truth = validateMasks(action, targets.masks, grouped, overlap);
      const semantic = logits && {
        logits,
        classes: validatePixelClasses(action, targets.semantic, grouped, truth, numClasses, [
          logits.shape[2],
          logits.shape[3],
        ]),
      };
      return {
        heads: [headOf(options, { ...predictions, others }, grouped)],
        tensors: [...levels, ...others],
        form: logits ? withSemantic : form,
        masks: { coefficients, prototypes, truth, resize, semantic },
        truth: { name: 'targets.masks', tensor: truth.masks },
      };
    },

    assign: assignHead,

    *loss(call, { heads: [head], masks }) {
      const { batch, levels } = head.predictions;
      const loss = yield* headLoss(call, options, head, (positives, grads) => {
        const [coefficients, prototypes, semantic = null] = grads?.slice(levels.length) ?? [];
        const own = grads && { coefficients, prototypes, semantic };
        return maskLosses(call.on.head(0), options, masks, positives, batch, own);
      });
      const { positives, items, more } = loss;
      const { box, cls, dfl } = items;
      const { seg, sem } = maskItems(options, more, positives);
      return taskValue({ box, seg, cls, dfl, sem }, batch, assignmentOf(positives));
    },
  };
}

/** Mask loss of a head's positives, and loss of semantic logits, before gains. */
export function maskLosses(
  head: HeadCall,
  { gains }: SegmentationOptions,
  masks: MaskInputs<Dense>,
  positives: Positives,
  batch: number,
  grads: MaskGrads<Dense> | null,
): Pending<MaskSums> {
  const sem = gains.seg * batch;
  const scale = { seg: sem / Math.max(positives.anchors.length, 1), sem };
  return head.masks(positives, masks, scale, grads);
}

/** Loss items of the masks after gains. */
export function maskItems(
  { gains }: SegmentationOptions,
  { seg, sem }: MaskSums,
  { anchors }: Positives,
): MaskSums {
  return { seg: (gains.seg / Math.max(anchors.length, 1)) * seg, sem: gains.seg * sem };
}
