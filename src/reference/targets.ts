import type { DetectionTargets } from '../types.ts';
import type { Box } from './iou.ts';

/** Ground truth of one image, in the order given. */
export interface ImageTarget {
  /** Index in the caller's arrays. */
  source: number;
  cls: number;
  /** xyxy, pixels. */
  box: Box;
  /** Whether the assignment skips the target, for example because it is a padding row. */
  ignored: boolean;
  /** Whether the box is an ignore region. Default false. */
  region?: boolean | undefined;
  /** Factor of everything that the target's positives contribute to the loss. Default 1. */
  weight?: number | undefined;
}

/**
 * Groups targets by image and converts their boxes from normalised xywh to xyxy in pixels.
 *
 * A target is ignored if the sum of its four corner coordinates is not above 0. An ignore region has to pass that, too.
 *
 * @returns [B] lists
 */
export function prepareTargets(
  { batchIdx, cls, bboxes, weights, ignore }: DetectionTargets,
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
    const padding = !(box[0] + box[1] + box[2] + box[3] > 0);
    const region = ignore && ignore[n] === 1 && !padding;
    const weight = weights?.[n];
    const ignored = padding || region === true;
    images[batchIdx[n]].push({ source: n, cls: cls[n], box, ignored, region, weight });
  }
  return images;
}
