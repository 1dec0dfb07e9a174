import type { DetectionTargets } from '../types.ts';
import type { RotatedBox } from './probiou.ts';
import { type ImageTarget, prepareTargets } from './targets.ts';

/** Ground truth with a rotated box; `box` is the same box unrotated. */
export interface RotatedTarget extends ImageTarget {
  /** Pixels, radians. */
  rotated: RotatedBox;
}

/** Shortest side in pixels of a target that is not dropped. */
const SMALLEST_SIDE = 2;

/**
 * Groups targets by image, in pixels, and drops those that are too small; regions to ignore stay.
 *
 * A target is ignored if the sum of its five numbers, in pixels and radians, is not above 0. An ignore region has to
 * pass that, too.
 *
 * @param targets bboxes [N, 5] flat: normalised xywh and angle in radians
 * @returns [B] lists in the order given
 */
export function prepareRotatedTargets(
  { bboxes, ...others }: DetectionTargets,
  batch: number,
  imageWidth: number,
  imageHeight: number,
): RotatedTarget[][] {
  const numbers = Array.from(bboxes);
  const upright = { ...others, bboxes: numbers.filter((_, i) => i % 5 < 4) };
  return prepareTargets(upright, batch, imageWidth, imageHeight).map((targets) =>
    targets
      .map((target) => {
        const [x, y, width, height, angle] = numbers.slice(5 * target.source);
        const rotated: RotatedBox = [
          x * imageWidth,
          y * imageHeight,
          width * imageWidth,
          height * imageHeight,
          angle,
        ];
        const padding = !(rotated.reduce((sum, number) => sum + number, 0) > 0);
        const region = others.ignore && others.ignore[target.source] === 1 && !padding;
        return { ...target, rotated, region, ignored: padding || region === true };
      })
      .filter(({ rotated, region }) => region || Math.min(rotated[2], rotated[3]) >= SMALLEST_SIDE),
  );
}
