import type { Assignment } from '../../types.ts';
import type { ClassLoss } from '../backend.ts';
import type { Engine } from '../runtime/engine.ts';
import { evenCount } from '../wasm/positives.ts';

/** In the order of the kernel. */
const KINDS = ['bce', 'varifocal', 'focal'] as const;
/** A logit whose background loss and gradient are 0. */
const NEUTRAL = -1e30;

/** Weight of p^gamma · softplus in the loss of a logit whose target is 0. */
export function backgroundWeight({ kind, alpha }: ClassLoss): number {
  if (kind === 'bce') return 1;
  return kind === 'focal' ? 1 - alpha : alpha;
}

/**
 * Class loss of the positives' own classes, in float64.
 *
 * @param logits f32 [P], of each one's class
 * @returns excess, by how much it is above what the dense pass counts for them, and scale · gradient
 */
export function foreground(
  { kernels, arena }: Engine,
  { score }: Assignment,
  logits: Float32Array,
  loss: ClassLoss,
  scale: number,
): { excess: number; slopes: Float32Array } {
  const count = logits.length;
  arena.reset();
  const values = arena.take(evenCount(count) * 4);
  const scores = arena.takeZeroed(evenCount(count) * 4);
  const load = () => {
    arena.f32.set(logits, values >>> 2);
    arena.f32[(values >>> 2) + count] = NEUTRAL;
  };
  const weight = backgroundWeight(loss);
  // Focal loss of target 0 is (1 − alpha)·p^gamma·softplus: any background, with the right alpha.
  const kind = KINDS.indexOf(loss.kind === 'bce' ? 'bce' : 'focal');
  load();
  const dense = kernels.foreground(values, scores, count, kind, 1 - weight, loss.gamma, 1);
  load();
  arena.f32.set(score, scores >>> 2);
  const { alpha, gamma } = loss;
  const own = kernels.foreground(
    values,
    scores,
    count,
    KINDS.indexOf(loss.kind),
    alpha,
    gamma,
    scale,
  );
  const slopes = arena.f32.slice(values >>> 2, (values >>> 2) + count);
  return { excess: own - dense, slopes };
}
