import type { Assignment } from '../../types.ts';
import type { GroupedTargets } from '../backend.ts';
import type { Positives } from './positives.ts';

/** The assignment of a batch, of its images' positives in order. */
export function gatherWinners(
  { offsets, source, given }: GroupedTargets,
  winners: readonly Positives[],
): Assignment {
  const count = winners.reduce((sum, { anchors }) => sum + anchors.length, 0);
  const image = new Int32Array(count);
  const anchor = new Int32Array(count);
  const target = new Int32Array(count);
  const score = new Float32Array(count);
  const isAssigned = new Uint8Array(given);
  let end = 0;
  let scoresSum = 0;
  for (const { image: b, anchors, owners, scores } of winners) {
    image.fill(b, end, end + anchors.length);
    anchor.set(anchors, end);
    target.set(owners, end);
    score.set(scores, end);
    for (const owner of owners) isAssigned[source[offsets[b] + owner]] = 1;
    for (const value of scores) scoresSum += value;
    end += anchors.length;
  }
  return { image, anchor, target, score, scoresSum, unassigned: zerosOf(isAssigned) };
}

/** Where the flags are 0, ascending. */
function zerosOf(flags: Uint8Array): Int32Array {
  const zeros: number[] = [];
  for (let i = 0; i < flags.length; i++) if (flags[i] === 0) zeros.push(i);
  return Int32Array.from(zeros);
}
