import type { Assignment } from '../../types.ts';
import type { GroupedTargets } from '../backend.ts';
import type { Winners } from './elect.ts';

/** The assignment of a batch, of every image's winners; beside it the positives' class logits. */
export function mergeWinners(
  winners: readonly Winners[],
  { offsets, source }: GroupedTargets,
): { assignment: Assignment; logits: Float32Array } {
  const count = winners.reduce((sum, { anchors }) => sum + anchors.length, 0);
  const assignment: Assignment = {
    image: new Int32Array(count),
    anchor: new Int32Array(count),
    target: new Int32Array(count),
    score: new Float32Array(count),
    scoresSum: 0,
    unassigned: new Int32Array(0),
  };
  const logits = new Float32Array(count);
  const isAssigned = new Uint8Array(source.length);
  let at = 0;
  winners.forEach((own, image) => {
    assignment.image.fill(image, at, at + own.anchors.length);
    assignment.anchor.set(own.anchors, at);
    assignment.target.set(own.owners, at);
    assignment.score.set(own.scores, at);
    logits.set(own.logits, at);
    for (const owner of own.owners) isAssigned[source[offsets[image] + owner]] = 1;
    for (const score of own.scores) assignment.scoresSum += score;
    at += own.anchors.length;
  });
  const left = Array.from(isAssigned.keys()).filter((target) => isAssigned[target] === 0);
  assignment.unassigned = Int32Array.from(left);
  return { assignment, logits };
}
