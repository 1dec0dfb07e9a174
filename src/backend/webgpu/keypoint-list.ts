import { gatherKeypointTargets } from '../assign/keypoint-targets.ts';
import { evenCount, type Positives, positivesByImage } from '../assign/positives.ts';
import type { Dense } from '../inputs.ts';
import type { KeypointInputs } from '../task-inputs.ts';
import { keypointTargetStruct } from './generated/criteria.ts';
import type { HeadContext } from './head-context.ts';
import { lowPart, Words } from './struct.ts';

/** The reference's guard against boxes without area and targets without a visible keypoint. */
const EPS = 1e-9;
/** With a larger factor of squared distances, any distance that float32 shows is infinite. */
const MOST_INVERSE = 1e30;

/** Target of a keypoint that is not visible. */
const HIDDEN = { x: 0, xLow: 0, y: 0, yLow: 0, inverse: 0, weight: 0 };

/** Lists the targets of the keypoints of all positives, [K, P]. */
export function listKeypoints(
  head: HeadContext,
  positives: Positives,
  given: KeypointInputs<Dense>,
): Uint32Array<ArrayBuffer> {
  const { arena } = head.engine;
  const { count } = given;
  const { sigmas } = given.truth;
  const all = positives.anchors.length;
  const words = new Words(count * all * keypointTargetStruct.words);
  let end = 0;
  for (const own of positivesByImage(positives, head.predictions.batch)) {
    const columns = evenCount(own.anchors.length);
    if (columns === 0) continue;
    arena.reset();
    const [targets, areas] = [arena.take(3 * count * columns * 8), arena.take(columns * 8)];
    gatherKeypointTargets(arena, head, given, own, { targets, areas });
    const { f64 } = arena;
    for (let i = 0; i < own.anchors.length; i++, end++) {
      const numberOf = (row: number) => f64[(targets >>> 3) + row * columns + i];
      const visible = Array.from({ length: count }, (_, k) => numberOf(3 * k + 2));
      const targetWeight = own.anchorWeights[i];
      const weight = (targetWeight * count) / (visible.reduce((sum, one) => sum + one, 0) + EPS);
      const spread = (f64[(areas >>> 3) + i] + EPS) * 2;
      visible.forEach((isVisible, k) => {
        const [x, y] = [numberOf(3 * k), numberOf(3 * k + 1)];
        const inverse = Math.min(1 / ((2 * sigmas[k]) ** 2 * spread), MOST_INVERSE);
        // The numbers of a keypoint that is not visible may be anything: they stay zeros
        const target = isVisible
          ? { x, xLow: lowPart(x), y, yLow: lowPart(y), inverse, weight, targetWeight }
          : { ...HIDDEN, targetWeight };
        keypointTargetStruct.write(words, (k * all + end) * keypointTargetStruct.words, target);
      });
    }
  }
  return words.u32;
}
