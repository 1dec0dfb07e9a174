import type { Dense, Predictions } from '../inputs.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';
import type { Assigner } from './assigner.ts';
import { type CandidateRule, findCandidates } from './candidates.ts';
import type { HeadTargets } from './head-targets.ts';
import type { Pairs, Steps } from './pairs.ts';
import type { ImagePositives } from './positives.ts';

const NONE = new Int32Array(0);

/** Anchors in ignore regions lie strictly inside. */
const INSIDE: CandidateRule = { smallTargets: false, withBorder: false };

/** Assigns one image's anchors, then applies the weights of its targets and its ignore regions. */
export function* assignImage(
  head: HeadTargets & { predictions: Predictions<Dense>; assigner: Assigner },
  pairs: Pairs,
): Steps<ImagePositives> {
  const assigned = yield* head.assigner.assign(pairs);
  const { image, anchors, targets, classTargets } = assigned;
  const { offsets, weights: ofTargets } = head.targets;
  const anchorWeights = new Float32Array(anchors.length).fill(1);
  let { weights } = assigned;
  if (ofTargets) {
    const all = ofTargets.subarray(offsets[image], offsets[image + 1]);
    targets.forEach((target, i) => {
      anchorWeights[i] = all[target];
    });
    weights = weights.map((weight, i) => weight * all[targets[i]]);
  }
  const ignored = ignoredAnchors(pairs.engine, head, image, anchors);
  return { image, anchors, targets, classTargets, weights, anchorWeights, ignored };
}

/** Anchors of an image that are strictly inside an ignore region, and no positives; ascending. */
function ignoredAnchors(
  engine: CriteriaEngine,
  { predictions, targets, regions }: HeadTargets & { predictions: Predictions<Dense> },
  image: number,
  positives: Int32Array,
): Int32Array {
  const { offsets, ignore } = targets;
  if (!regions || !ignore?.subarray(offsets[image], offsets[image + 1]).includes(1)) return NONE;
  const { cover } = findCandidates(
    engine,
    predictions,
    { targets, records: regions },
    INSIDE,
    image,
  );
  const isInside = engine.arena.u8.slice(cover, cover + predictions.anchors);
  for (const anchor of positives) isInside[anchor] = 0;
  return Int32Array.from(isInside.keys()).filter((anchor) => isInside[anchor] === 1);
}
