import type { DepthLoss, DepthLossConfig } from './depth-types.ts';
import { loadPart } from './load-part.ts';

/**
 * The training loss of depth estimation: the deviation of the logarithms of depths, and the differences of their gradients
 * on up to four scales. It runs on WASM alone.
 *
 * Predictions are `{ depth [B, 1, h, w] }`, targets are `{ depth [B, H, W] }`, both in metres. A true depth that is not above
 * 0.001 m does not count. Predictions of another size than the truth are resized bilinearly, corner to corner.
 *
 * Sources: Eigen et al., arXiv:1406.2283, eq. 4; Li & Snavely, arXiv:1804.00607, eq. 3
 *
 * @example
 * ```js
 * import { createDepthLoss } from 'detloss';
 *
 * const criterion = await createDepthLoss();
 * const depth = { data: new Float32Array(64).fill(2), shape: [1, 1, 8, 8] };
 * const truth = { data: Float32Array.from({ length: 64 }, (_, i) => 1 + i / 64), shape: [1, 8, 8] };
 * const { items, grads } = await criterion.valueAndGrad({ depth }, { depth: truth });
 * console.log(items.dlog, items.dgrad, grads.depth.shape);
 * ```
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createDepthLoss(config: DepthLossConfig = {}): Promise<DepthLoss> {
  const action = 'createDepthLoss';
  const part = () => import('./open-depth-loss.ts');
  const { openDepthLoss } = await loadPart(action, 'the depth loss', part);
  return openDepthLoss(action, config);
}
