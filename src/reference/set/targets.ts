import type { SetTargets } from './types.ts';

/** xywh (centre and size), normalised. */
export type CentreBox = [x: number, y: number, width: number, height: number];

/** Ground truth of one image. */
export interface SetTarget {
  /** Index in the caller's arrays. */
  source: number;
  /** Index among the targets of the image, ignored ones counted. */
  index: number;
  cls: number;
  box: CentreBox;
  /** Factor of the target's terms, and its share of the normalizers. */
  weight: number;
  /** True for a region that is neither target nor background. */
  ignored: boolean;
}

/** Groups targets by image, in the order given. @returns [B] lists */
export function groupTargets(
  { batchIdx, cls, bboxes, weights, ignore }: SetTargets,
  batch: number,
): SetTarget[][] {
  const images: SetTarget[][] = Array.from({ length: batch }, () => []);
  for (let n = 0; n < batchIdx.length; n++) {
    const image = images[batchIdx[n]];
    image.push({
      source: n,
      index: image.length,
      cls: cls[n],
      box: [bboxes[4 * n], bboxes[4 * n + 1], bboxes[4 * n + 2], bboxes[4 * n + 3]],
      weight: weights?.[n] ?? 1,
      ignored: (ignore?.[n] ?? 0) !== 0,
    });
  }
  return images;
}
