import type { Assignment } from '../../types.ts';
import type { Dense, GroupedTargets, Predictions } from '../backend.ts';
import type { Engine } from '../runtime/engine.ts';
import type { KeypointPredictions, KeypointTargets } from '../task-inputs.ts';
import { gatherTruth } from '../wasm/keypoints.ts';
import { evenCount, positivesByImage } from '../wasm/positives.ts';
import { bitsOf, lowBitsOf } from './recorder.ts';

/** Words of a goal, as gpu/keypoints.wgsl reads them. */
const GOAL_WORDS = 6;
/** The reference's guard against boxes without area and targets without a visible keypoint. */
const EPS = 1e-9;

/** What the keypoints of all positives should be: goals [K, P]. */
export function listKeypoints(
  { arena }: Engine,
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
  assignment: Assignment,
  shape: Pick<KeypointPredictions, 'count' | 'numbers'>,
  truth: KeypointTargets,
): Uint32Array<ArrayBuffer> {
  const { count } = shape;
  const all = assignment.anchor.length;
  const words = new Uint32Array(count * all * GOAL_WORDS);
  let end = 0;
  for (const positives of positivesByImage(assignment, predictions.batch)) {
    const columns = evenCount(positives.anchors.length);
    if (columns === 0) continue;
    arena.reset();
    const [goals, areas] = [arena.take(3 * count * columns * 8), arena.take(columns * 8)];
    // It looks at no level's data.
    const stage = { predictions: predictions as Predictions, targets, shape, truth };
    gatherTruth(arena, stage, positives, goals, areas);
    const { f64 } = arena;
    for (let i = 0; i < positives.anchors.length; i++, end++) {
      const numberOf = (row: number) => f64[(goals >>> 3) + row * columns + i];
      const visible = Array.from({ length: count }, (_, k) => numberOf(3 * k + 2));
      const weight = count / (visible.reduce((sum, one) => sum + one, 0) + EPS);
      const spread = (f64[(areas >>> 3) + i] + EPS) * 2;
      visible.forEach((isVisible, k) => {
        const [x, y] = [numberOf(3 * k), numberOf(3 * k + 1)];
        const inverse = 1 / ((2 * truth.sigmas[k]) ** 2 * spread);
        // What stands at a keypoint that is not visible may be anything
        const goal = isVisible
          ? [bitsOf(x), lowBitsOf(x), bitsOf(y), lowBitsOf(y), bitsOf(inverse), bitsOf(weight)]
          : new Array(GOAL_WORDS).fill(0);
        words.set(goal, (k * all + end) * GOAL_WORDS);
      });
    }
  }
  return words;
}
