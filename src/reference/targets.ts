import type { DetectionTargets } from '../types.ts';
import type { Box } from './iou.ts';

/** Ground truth of one image, in the order given. */
export interface ImageTarget {
  /** Index in the arrays the caller gave. */
  source: number;
  cls: number;
  /** xyxy, pixels. */
  box: Box;
  /** Takes no part in the assignment, as a padding row does. */
  ignored: boolean;
}

/**
 * Targets by image, their boxes from normalised xywh to xyxy in pixels.
 *
 * A target whose four corners' sum is not above 0 is ignored.
 *
 * @returns [B] lists
 */
export function prepareTargets(
  { batchIdx, cls, bboxes }: DetectionTargets,
  batch: number,
  imageWidth: number,
  imageHeight: number,
): ImageTarget[][] {
  const images: ImageTarget[][] = Array.from({ length: batch }, () => []);
  for (let n = 0; n < batchIdx.length; n++) {
    const x = bboxes[4 * n] * imageWidth;
    const y = bboxes[4 * n + 1] * imageHeight;
    const halfWidth = (bboxes[4 * n + 2] * imageWidth) / 2;
    const halfHeight = (bboxes[4 * n + 3] * imageHeight) / 2;
    const box: Box = [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight];
    const ignored = !(box[0] + box[1] + box[2] + box[3] > 0);
    images[batchIdx[n]].push({ source: n, cls: cls[n], box, ignored });
  }
  return images;
}
