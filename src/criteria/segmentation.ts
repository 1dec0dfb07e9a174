import type { Dense } from '../backend/backend.ts';
import type { MaskPredictions, MaskTargets } from '../backend/task-inputs.ts';
import { settled } from '../stages.ts';
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
import { BOX_LISTS, validateTargets } from '../validate/targets.ts';
import { assignHead, headLoss, taskValue } from './head-losses.ts';
import type { AssigningTask, AssigningTypes, Inputs } from './task.ts';

interface SegmentationInputs extends Inputs {
  masks: MaskPredictions<Dense>;
  maskTargets: MaskTargets;
}

interface SegmentationTypes extends AssigningTypes {
  predictions: SegmentationPredictions<TensorData>;
  targets: SegmentationTargets;
  inputs: SegmentationInputs;
  value: SegmentationValue;
  grads: SegmentationGrads<TensorData>;
  assignment: Assignment;
}

/** Detection's loss, and the mask loss of its positives. */
export function segmentationTask(options: SegmentationOptions): AssigningTask<SegmentationTypes> {
  const { strides, gains, overlap, checkFinite } = options;
  return {
    form: objectForm<SegmentationGrads<TensorData>>({
      feats: strides.length,
      coefficients: null,
      prototypes: null,
    }),
    targets: { lists: BOX_LISTS, tensors: ['masks'] },

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
      const grouped = validateTargets(action, targets, predictions);
      const maskTargets = validateMasks(action, targets.masks, grouped, overlap);
      return {
        heads: [{ predictions: { ...predictions, others }, targets: grouped }],
        tensors: [...levels, coefficients, prototypes],
        masks: { coefficients, prototypes },
        maskTargets,
        truth: { name: 'targets.masks', tensor: maskTargets.masks },
      };
    },

    assign: (call, { heads: [head] }) => settled(assignHead(call, options, head, null)),

    *loss(call, { heads: [head], masks, maskTargets }) {
      const { predictions, targets } = head;
      const factorOf = ({ anchor }: Assignment) => gains.box / Math.max(anchor.length, 1);
      const { assignment, items, more } = yield* headLoss(
        call,
        options,
        head,
        (assignment, grads) => {
          const [coefficients, prototypes] = grads?.slice(predictions.levels.length) ?? [];
          return call.backend.masks(
            call.action,
            predictions,
            targets,
            assignment,
            masks,
            maskTargets,
            factorOf(assignment) * predictions.batch,
            grads && { coefficients, prototypes },
          );
        },
      );
      const { box, cls, dfl } = items;
      const seg = factorOf(assignment) * more;
      return taskValue({ box, seg, cls, dfl }, predictions.batch, assignment);
    },
  };
}
