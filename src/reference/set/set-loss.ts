import { classify } from './classify.ts';
import { countSides, distillationLoss, type SideCounts } from './distillation.ts';
import { fineGrainedLoss } from './fine-grained.ts';
import {
  assignmentOf,
  describePairs,
  type LastAssignment,
  matchSet,
  type SetMatching,
} from './matching.ts';
import { type ResolvedSetOptions, resolveSetOptions } from './options.ts';
import { type NamedOutput, type Output, outputsOf, type Predictions } from './outputs.ts';
import { regress } from './regress.ts';
import { groupTargets, type SetTarget } from './targets.ts';
import type { SetAssignment, SetItems, SetOptions, SetOutput, SetTargets } from './types.ts';

export interface ReferenceSetValueAndGrad {
  /** Sum of the items, not multiplied by B. `grads` is the gradient of this number. */
  total: number;
  /** Sums over outputs, after gains. */
  items: SetItems;
  /** Items of each output by its name, such as 'layers.0' or 'denoising.pre'. */
  outputs: Record<string, SetItems>;
  /** ∂total/∂predictions of each output by its name, in the predictions' shapes. */
  grads: Record<string, SetOutput<Float64Array>>;
}

export interface ReferenceSetLoss extends ReferenceSetValueAndGrad {
  matching: SetMatching;
  /** Matching of the last layer. */
  assignment: LastAssignment;
  /** Matching of each output by its name, except denoising ones; and `union`. */
  assignments: Record<string, SetAssignment>;
}

/**
 * Set criterion of the DETR family and its exact gradient in float64: the executable definition, plain and slow.
 *
 * Matchings, unions, IoU weights, teachers, references and normalizers are constants for the gradient.
 */
export function setLoss(
  predictions: Predictions,
  targets: SetTargets,
  options: SetOptions,
): ReferenceSetLoss {
  const matching = matchSet(predictions, targets, options);
  const matched = outputsOf(predictions).filter(({ denoising }) => !denoising);
  const { name, output } = matched[predictions.layers.length - 1];
  const assignments = Object.fromEntries(
    matched.map((entry) => [entry.name, assignmentOf(matching.pairs[entry.name])]),
  );
  if (matching.union) assignments.union = assignmentOf(matching.union);
  const resolved = resolveSetOptions(options);
  return {
    matching,
    assignment: describePairs(output, matching.pairs[name], targets, resolved),
    assignments,
    ...setLossOf(predictions, targets, matching, options),
  };
}

/**
 * Differentiable loss for a given matching.
 *
 * @param held predictions from which constants of the gradient are computed, such as the IoU of a pair's boxes
 */
export function setLossOf(
  predictions: Predictions,
  targets: SetTargets,
  matching: SetMatching,
  options: SetOptions,
  held = predictions,
): ReferenceSetValueAndGrad {
  const heldOutputs = outputsOf(held);
  const shared = {
    images: groupTargets(targets, predictions.layers[0].boxes.shape[0]),
    matching,
    options: resolveSetOptions(options),
    sides: countSides(predictions.layers[0], matching.union?.length ?? 0),
  };
  const items: SetItems = { cls: 0, l1: 0, giou: 0 };
  const result: ReferenceSetValueAndGrad = { total: 0, items, outputs: {}, grads: {} };
  outputsOf(predictions).forEach((named, i) => {
    const grads = emptyGrads(named.output);
    const own = itemsOf(named, heldOutputs[i], shared, grads);
    result.outputs[named.name] = own;
    result.grads[named.name] = grads;
    for (const [item, value] of Object.entries(own) as [keyof SetItems, number][]) {
      items[item] = (items[item] ?? 0) + value;
      result.total += value;
    }
  });
  return result;
}

/** Constants of the gradient that all outputs share. */
interface Shared {
  images: readonly SetTarget[][];
  matching: SetMatching;
  options: ResolvedSetOptions;
  /** Sides of the matched block's queries with and without a pair of the union. */
  sides: SideCounts;
}

/**
 * Items of one output. Writes their gradient.
 *
 * @param constants the same output, constant for the gradient
 */
function itemsOf(
  { name, output, denoising, references, teacher }: NamedOutput,
  constants: NamedOutput,
  { images, matching, options, sides }: Shared,
  grads: SetOutput<Float64Array>,
): SetItems {
  const { gains, classification } = options;
  const { corners } = output;
  const own = matching.pairs[name];
  const { boxes, union, denoising: known } = matching.normalizers;
  const ownNormalizer = denoising ? known : boxes;
  // Pairs of the box items, and of the items of distributions
  const united = denoising ? own : (matching.union ?? own);
  const unitedNormalizer = denoising ? known : union;
  const [pairs, normalizer] = options.union ? [united, unitedNormalizer] : [own, ownNormalizer];

  const scale = { gain: gains.cls, normalizer: ownNormalizer };
  const held = constants.output;
  const classified = { output, held };
  const items: SetItems = {
    cls: classify(classified, images, own, classification, scale, grads.logits.data),
    ...regress(
      output,
      pairs,
      { l1: gains.l1 / normalizer, giou: gains.giou / normalizer },
      grads.boxes.data,
    ),
  };
  if (!corners || !grads.corners) return items;
  const grad = grads.corners.data;
  if (references) {
    const distributions = { corners, held, references };
    const factor = gains.fgl / unitedNormalizer;
    items.fgl = fineGrainedLoss(distributions, united, options, factor, grad);
  }
  if (teacher && constants.teacher) {
    const fixed = { held, teacher: constants.teacher, pairs: united, sides };
    items.ddf = distillationLoss(corners, fixed, gains.ddf, grad);
  }
  return items;
}

/** Zeros in the shapes of an output. */
function emptyGrads({ logits, boxes, corners }: Output): SetOutput<Float64Array> {
  const empty = ({ data, shape }: Output['logits']) => ({
    data: new Float64Array(data.length),
    shape,
  });
  return {
    logits: empty(logits),
    boxes: empty(boxes),
    ...(corners && { corners: empty(corners) }),
  };
}
