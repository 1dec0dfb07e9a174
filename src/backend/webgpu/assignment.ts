import type { Assignment } from '../../types.ts';
import type { GroupedTargets } from '../backend.ts';
import { gatherWinners } from '../wasm/winners.ts';
import type { Winners } from './elect.ts';

/** The assignment of a batch, of every image's winners; beside it the positives' class logits. */
export function mergeWinners(
  winners: readonly Winners[],
  targets: GroupedTargets,
): { assignment: Assignment; logits: Float32Array } {
  const positives = winners.map((own, image) => ({ ...own, image }));
  const assignment = gatherWinners(targets, positives);
  const logits = new Float32Array(assignment.anchor.length);
  let end = 0;
  for (const own of winners) {
    logits.set(own.logits, end);
    end += own.logits.length;
  }
  return { assignment, logits };
}
