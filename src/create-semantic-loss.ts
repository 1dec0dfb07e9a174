import { loadPart } from './load-part.ts';
import type { SemanticLoss, SemanticLossConfig } from './semantic-types.ts';

/**
 * The training loss of semantic segmentation: cross-entropy and Dice loss of every pixel's class, and the cross-entropy of
 * auxiliary logits.
 *
 * Predictions are `{ logits [B, C, h, w], auxiliary? }`, targets are `{ labels [B, H, W] }`. Logits of another size than the
 * labels are resized bilinearly, and the gradient goes through it.
 *
 * Source of Dice loss: Milletari et al., arXiv:1606.04797, with Σp and Σy in place of the sums of squares
 *
 * @example
 * ```js
 * import { createSemanticLoss } from 'detloss';
 *
 * const criterion = await createSemanticLoss({ numClasses: 3 });
 * const logits = criterion.allocate([1, 3, 4, 4]);
 * // The first row of pixels does not count
 * const labels = { data: new Uint8Array(8 * 8).fill(255, 0, 8), shape: [1, 8, 8] };
 * const { items, grads } = await criterion.valueAndGrad({ logits }, { labels });
 * console.log(items.ce, items.dice, grads.logits.shape);
 * ```
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createSemanticLoss(config: SemanticLossConfig): Promise<SemanticLoss> {
  const action = 'createSemanticLoss';
  const part = () => import('./open-semantic-loss.ts');
  const { openSemanticLoss } = await loadPart(action, 'the semantic loss', part);
  return openSemanticLoss(action, config);
}
