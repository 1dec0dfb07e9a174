import { sigmoid, softplus } from '../sigmoid.ts';
import { softmax } from '../softmax.ts';
import { boxOverlap } from './overlap.ts';
import type { CentreBox } from './targets.ts';
import type { SetCost } from './types.ts';

/** Keeps the logarithms of the 'focal' cost finite. */
const LOG_FLOOR = 1e-8;

/**
 * Cost of matching a query with a target.
 *
 * λ_class·cls + λ_l1·Σ|box − target| − λ_giou·GIoU; 'product' is −p·IoU^power and nothing else.
 *
 * @param logits of the query
 * @param cls channel of the target's class
 * @returns NaN or infinity if the prediction has such numbers
 */
export function pairCost(
  cost: SetCost,
  logits: readonly number[],
  cls: number,
  box: CentreBox,
  target: CentreBox,
): number {
  const { iou, giou } = boxOverlap(box, target);
  if (cost.kind === 'product') return -sigmoid(logits[cls]) * iou ** cost.power;
  const l1 = box.reduce((sum, x, i) => sum + Math.abs(x - target[i]), 0);
  return cost.class * classCost(cost, logits, cls) + cost.l1 * l1 - cost.giou * giou.value;
}

function classCost(
  cost: Exclude<SetCost, { kind: 'product' }>,
  logits: readonly number[],
  cls: number,
): number {
  if (cost.kind === 'softmax') return -softmax(logits).probabilities[cls];
  const x = logits[cls];
  const [p, complement] = [sigmoid(x), sigmoid(-x)];
  const exact = cost.kind === 'focal-exact';
  const missed = exact ? softplus(-x) : -Math.log(p + LOG_FLOOR);
  const found = exact ? softplus(x) : -Math.log(complement + LOG_FLOOR);
  const { alpha, gamma } = cost;
  return alpha * complement ** gamma * missed - (1 - alpha) * p ** gamma * found;
}
