import { anchorAt, type Head } from './levels.ts';
import type { ImageTarget } from './targets.ts';

/** Whether a point is strictly inside a target's own box. Pixels. */
export type IsInside<Target> = (target: Target, x: number, y: number) => boolean;

/**
 * Finds the anchors that have no class loss: their centre is strictly inside an ignore region, and they are no
 * positive.
 *
 * @param grouped [B] lists of targets, ignore regions included
 * @param positives of all images
 * @returns [B] sets of anchor indices
 */
export function ignoredAnchors<Target extends ImageTarget>(
  head: Head,
  grouped: readonly Target[][],
  positives: { image: ArrayLike<number>; anchor: ArrayLike<number> },
  isInside: IsInside<Target>,
): Set<number>[] {
  const ignored = grouped.map((targets) => {
    const regions = targets.filter(({ region }) => region);
    const indices = Array.from({ length: regions.length && head.anchors }, (_, index) => index);
    return new Set(
      indices.filter((index) => {
        const { level, x, y } = anchorAt(head, index);
        return regions.some((region) => isInside(region, x * level.stride, y * level.stride));
      }),
    );
  });
  for (let i = 0; i < positives.anchor.length; i++) {
    ignored[positives.image[i]].delete(positives.anchor[i]);
  }
  return ignored;
}
