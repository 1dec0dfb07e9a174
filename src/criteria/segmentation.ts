import { assignmentOf, type Positives } from '../backend/assign/positives.ts';
import type { Dense } from '../backend/inputs.ts';
import type { MaskInputs } from '../backend/task-inputs.ts';
import type {
  SegmentationGrads,
  SegmentationPredictions,
  SegmentationTargets,
  SegmentationValue,
} from '../task-types.ts';
import type { Assignment, TensorData } from '../types.ts';
import { objectForm, readParts } from '../validate/form.ts';
import { validateMasks } from '../validate/masks.ts';
import { validatePredictions } from '../validate/predictions.ts';
import type { SegmentationOptions } from '../validate/segmentation-options.ts';
import { readSized } from '../validate/sized.ts';
import { validateTargets } from '../validate/targets.ts';
import { assignHead, headLoss, headOf, taskValue } from './head-losses.ts';
import type { AssigningTask, AssigningTypes, Inputs } from './task.ts';

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

/** Detection loss and the mask loss of its positives. */
export function segmentationTask(options: SegmentationOptions): AssigningTask<SegmentationTypes> {
  const { strides, gains, overlap, checkFinite } = options;
  return {
    form: objectForm<SegmentationGrads<TensorData>>({
      feats: strides.length,
      coefficients: null,
      prototypes: null,
    }),

    validate(action, given, targets, takesBuffers) {
      const parts = readParts(`${action}: predictions`, given, [
        'feats',
        'coefficients',
        'prototypes',
      ]);
      const predictions = validatePredictions(action, 'feats', parts.feats, options, takesBuffers);
      const { batch, anchors, levels } = predictions;
      const coefficients = readSized(
        `${action}: coefficients`,
        parts.coefficients,
        [
          ['B', batch],
          ['M', null],
          ['A', anchors],
        ],
        checkFinite,
        takesBuffers,
      );
      const prototypes = readSized(
        `${action}: prototypes`,
        parts.prototypes,
        [
          ['B', batch],
          ['M', coefficients.shape[1]],
          ['h', null],
          ['w', null],
        ],
        checkFinite,
        takesBuffers,
      );
      const others = [
        { name: 'coefficients', ...coefficients },
        { name: 'prototypes', ...prototypes },
      ];
      const grouped = validateTargets(action, targets, predictions, ['masks']);
      const truth = validateMasks(action, targets.masks, grouped, overlap);
      return {
        heads: [headOf(options, { ...predictions, others }, grouped)],
        tensors: [...levels, coefficients, prototypes],
        masks: { coefficients, prototypes, truth },
        truth: { name: 'targets.masks', tensor: truth.masks },
      };
    },

    assign: assignHead,

    *loss(call, { heads: [head], masks }) {
      const { batch, levels } = head.predictions;
      const factorOf = ({ anchors }: Positives) => gains.box / Math.max(anchors.length, 1);
      const loss = yield* headLoss(call, options, head, (positives, grads) => {
        const scale = factorOf(positives) * batch;
        const [coefficients, prototypes] = grads?.slice(levels.length) ?? [];
        const own = grads && { coefficients, prototypes };
        return call.on.head(0).masks(positives, masks, scale, own);
      });
      const { positives, items, more } = loss;
      const { box, cls, dfl } = items;
      const seg = factorOf(positives) * more;
      return taskValue({ box, seg, cls, dfl }, batch, assignmentOf(positives));
    },
  };
}
