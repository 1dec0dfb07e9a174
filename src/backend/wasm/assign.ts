import type { Stages } from '../../stages.ts';
import { findCandidates } from '../assign/candidates.ts';
import type { Steps } from '../assign/pairs.ts';
import { type ImagePositives, joinPositives, type Positives } from '../assign/positives.ts';
import { assignImage } from '../assign/weigh.ts';
import { JOIN } from '../runtime/task.ts';
import { decodeBytes, decodeCandidates } from './decode.ts';
import type { HeadContext } from './head.ts';
import { measureBytes } from './measure.ts';
import { type PairLayout, pairLayout, WasmPairs } from './pairs.ts';

/** Assigns the anchors of a batch, image by image. */
export function* assign(head: HeadContext): Stages<Positives> {
  const { engine, predictions, targets } = head;
  const { offsets } = targets;
  const layout = pairLayout(head);
  const slotBytes = Math.max(decodeBytes(predictions), layout.end, measureBytes(predictions));
  const chains: Steps<ImagePositives>[] = [];
  for (let image = 0; image < predictions.batch; image++) {
    if (offsets[image + 1] > offsets[image]) chains.push(assignOne(head, image, layout));
  }
  return joinPositives(targets, yield* engine.run(slotBytes, chains));
}

function* assignOne(head: HeadContext, image: number, layout: PairLayout): Steps<ImagePositives> {
  const { engine, predictions, assigner } = head;
  const { arena } = engine;
  const { anchors, boxTensors } = predictions;
  const rule = { smallTargets: assigner.needs.smallTargets, withBorder: true };
  const found = findCandidates(engine, predictions, head, rule, image);
  const distances = arena.take((4 + boxTensors.length) * anchors * 4);
  boxTensors.forEach((tensor, i) => {
    const own = tensor.subarray(image * anchors, (image + 1) * anchors);
    arena.f32.set(own, (distances >>> 2) + (4 + i) * anchors);
  });
  yield* decodeCandidates(engine, predictions, image, found, distances);
  yield JOIN;
  const pairs = new WasmPairs(head, image, found.candidates, distances, layout);
  return yield* assignImage(head, pairs);
}
