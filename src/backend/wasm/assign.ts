import type { Stages } from '../../stages.ts';
import type { Assignment } from '../../types.ts';
import type { AssignOptions, GroupedTargets, Predictions } from '../backend.ts';
import type { Arena } from '../runtime/arena.ts';
import type { Engine } from '../runtime/engine.ts';
import { type Chain, JOIN } from '../runtime/task.ts';
import { decodeBytes, decodeCandidates, findCandidates } from './candidates.ts';
import { chooseBytes, chooseTask, takeVotes } from './choose.ts';
import { loadTargets, type Positives, runsOf, valuesOf } from './positives.ts';
import { alignBytes, alignTask } from './score.ts';
import { gatherWinners } from './winners.ts';

/** What positives have before they are scored. */
const NO_SCORES = new Float32Array(0);

/** Task-aligned assignment of a batch, image by image. Source: Feng et al., arXiv:2108.07755. */
export function* assign(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  options: AssignOptions,
): Stages<Assignment> {
  const { offsets } = targets;
  const slotBytes = Math.max(
    decodeBytes(predictions),
    chooseBytes(predictions, options.topk),
    alignBytes(predictions),
  );
  const chains: Chain<Positives>[] = [];
  for (let b = 0; b < predictions.batch; b++) {
    if (offsets[b + 1] === offsets[b]) continue;
    chains.push(assignImage(engine, predictions, targets, options, b));
  }
  return gatherWinners(targets, yield* engine.run(valuesOf(predictions), slotBytes, chains));
}

function* assignImage(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  options: AssignOptions,
  image: number,
): Chain<Positives> {
  const { kernels, arena } = engine;
  const { anchors, angles } = predictions;
  const own = loadTargets(engine, predictions, targets, image);
  const candidates = findCandidates(engine, predictions, own);
  const distances = arena.take((angles ? 5 : 4) * anchors * 4);
  if (angles) {
    const own = angles.subarray(image * anchors, (image + 1) * anchors);
    arena.f32.set(own, (distances >>> 2) + 4 * anchors);
  }
  yield* decodeCandidates(engine, predictions, image, candidates, distances);
  yield JOIN;

  const votes = takeVotes(engine, predictions);
  const positives = arena.take(anchors * 4);
  const owners = arena.take(anchors * 4);
  for (let t = 0; t < own.count; t++) {
    const task = chooseTask(
      engine,
      predictions,
      targets,
      options,
      image,
      t,
      own,
      candidates,
      distances,
      votes,
    );
    if (task) yield task;
  }
  yield JOIN;

  const { chooser, bestTarget } = votes;
  const count = kernels.resolve(votes.votes, chooser, bestTarget, anchors, positives, owners);
  const overlaps = arena.take(count * 8);
  const alignments = arena.take(count * 8);
  const largest = arena.takeZeroed(own.count * 16);
  const scores = arena.take(count * 4);
  const won = winnersIn(arena, image, positives, owners, count);
  let start = 0;
  for (const run of runsOf(won)) {
    const to = { overlaps: overlaps + start * 8, alignments: alignments + start * 8 };
    yield alignTask(engine, predictions, targets, options, own, run, to);
    start += run.anchors.length;
  }
  yield JOIN;

  const kept = kernels.score(positives, owners, overlaps, alignments, count, largest, scores);
  const scored = kept === count ? won : winnersIn(arena, image, positives, owners, kept);
  return { ...scored, scores: arena.f32.slice(scores >>> 2, (scores >>> 2) + kept) };
}

/** Copies of what kernels wrote, not yet scored. */
function winnersIn(
  { i32 }: Arena,
  image: number,
  anchors: number,
  owners: number,
  count: number,
): Positives {
  return {
    image,
    anchors: i32.slice(anchors >>> 2, (anchors >>> 2) + count),
    owners: i32.slice(owners >>> 2, (owners >>> 2) + count),
    scores: NO_SCORES,
  };
}
