import { backgroundWeight, type ClassLoss } from '../inputs.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';

/**
 * Class loss of the positives' own classes, in float64.
 *
 * @param classTargets soft class targets [P]
 * @param logits [P], of their targets' classes
 * @param weights [P] factors of the losses
 * @returns excess over what the dense pass counts for them, and scale · gradient
 */
export function foreground(
  engine: CriteriaEngine,
  classTargets: Float32Array,
  logits: Float32Array,
  weights: Float32Array,
  loss: ClassLoss,
  scale: number,
): { excess: number; gradients: Float32Array } {
  const { arena } = engine;
  const count = logits.length;
  arena.reset();
  const values = arena.take(count * 4);
  const targets = arena.takeZeroed(count * 4);
  const factors = arena.take(count * 4);
  arena.f32.set(weights, factors >>> 2);
  const lossOf = (own: ClassLoss, ownScale: number) => {
    arena.f32.set(logits, values >>> 2);
    const at = { logits: values, targets, weights: factors };
    return engine.call('foreground', { ...own, ...at, count, scale: ownScale });
  };
  // Focal loss of target 0 is (1 − alpha)·p^gamma·softplus: any background, with the right alpha
  const kind = loss.kind === 'bce' ? 'bce' : 'focal';
  const dense = lossOf({ kind, alpha: 1 - backgroundWeight(loss), gamma: loss.gamma }, 1);
  arena.f32.set(classTargets, targets >>> 2);
  const own = lossOf(loss, scale);
  return { excess: own - dense, gradients: arena.f32.slice(values >>> 2, (values >>> 2) + count) };
}
