import { CRITERIA } from './backend/programs/criteria/program.ts';
import { selectBackend } from './backend/select.ts';
import { AssigningCriterion } from './criteria/assigning-criterion.ts';
import { loadPart } from './load-part.ts';
import type { SegmentationLoss, SegmentationLossConfig } from './task-types.ts';

/**
 * The training loss of instance segmentation: the detection loss and a mask loss of the positives. The mask loss of a
 * positive counts the pixels inside its target's box.
 *
 * Predictions are `{ feats, coefficients [B, M, A], prototypes [B, M, h, w], semantic? [B, C, h, w] }`; a mask's logits are Σ
 * over m of coefficient · prototype, resized to the masks. Semantic logits have BCE and Dice loss in addition. Crop and area, like the constants of the detection loss, are constants for the gradient.
 *
 * Source: Bolya et al., arXiv:1904.02689
 *
 * @example
 * ```js
 * import { createSegmentationLoss } from 'detloss';
 *
 * const criterion = await createSegmentationLoss({ numClasses: 3 });
 * const feats = [8, 4, 2].map((side) => criterion.allocate([1, 67, side, side])); // 84 anchors
 * const coefficients = criterion.allocate([1, 32, 84]);
 * const prototypes = criterion.allocate([1, 32, 16, 16]);
 * // Pixels of the first target are 1
 * const masks = { data: new Uint8Array(64 * 64).fill(1, 1024, 3072), shape: [1, 64, 64] };
 * const targets = { batchIdx: [0], cls: [2], bboxes: [0.5, 0.5, 1, 0.5], masks };
 * const { items, grads } = await criterion.valueAndGrad({ feats, coefficients, prototypes }, targets);
 * console.log(items.seg, grads.prototypes.shape);
 * ```
 *
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} the backend cannot start
 */
export async function createSegmentationLoss(
  config: SegmentationLossConfig,
): Promise<SegmentationLoss> {
  const action = 'createSegmentationLoss';
  const part = () => import('./criteria/segmentation.ts');
  const { parseSegmentationOptions, segmentationTask } = await loadPart(
    action,
    'the segmentation loss',
    part,
  );
  const options = parseSegmentationOptions(action, config);
  const backend = await selectBackend(action, options, {
    program: CRITERIA,
    stages: ['head', 'masks'],
  });
  return new AssigningCriterion(segmentationTask(options), backend);
}
