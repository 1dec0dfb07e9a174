import { IouKind } from './generated/kinds';
import { overlap } from './overlap';
import { rank, RankParams } from './rank';
import { rotatedOverlap } from './rotated';
import { RotatedTarget } from './rotated-targets';
import { Rectangle } from './targets';

/** Rectangles of a target's candidates on one level. */
@unmanaged
export class LevelRectangles {
  /** Pixels per grid cell. */
  stride: f64;
  /** Index of the level's first anchor. */
  firstAnchor: i32;
  /** Number of cells per row of the grid. */
  width: i32;
  /** Number of rectangles. */
  count: i32;
  /** Unused; keeps the strides of an array of these aligned. */
  reserved: i32;
}

/** Parameters of `choose`; `count` is written by the kernel. */
@unmanaged
export class ChooseParams extends RankParams {
  /** LevelRectangles [levelCount]. */
  levels: usize;
  levelCount: i32;
  /** Rectangle [n], level by level. */
  rectangles: usize;
  /** f32 [4, sidePitch/4], the predictions' distances, grid units; of rotated boxes [5, …], with their angles. */
  distances: usize;
  sidePitch: usize;
  /** f64 [4], xyxy pixels, or a RotatedTarget. */
  target: usize;
  kind: IouKind;
  /** ROTATED_SCRATCH_BYTES bytes. */
  scratch: usize;
}

/** Overlaps of one target with the predictions at its candidates, level by level, rectangle by rectangle, row-major. */
function measure(p: ChooseParams): void {
  const kind = p.kind;
  const sidePitch = p.sidePitch;
  let rectangle = p.rectangles;
  let to = p.overlaps;
  for (let l = 0; l < p.levelCount; l++) {
    const level = changetype<LevelRectangles>(p.levels + <usize>l * offsetof<LevelRectangles>());
    const first = p.distances + (<usize>level.firstAnchor << 2);
    const width = level.width;
    const stride = level.stride;
    for (let i = level.count; i > 0; i--) {
      const cells = changetype<Rectangle>(rectangle);
      rectangle += offsetof<Rectangle>();
      if (ROTATED_BOXES && kind == IouKind.PROBIOU) {
        const target = changetype<RotatedTarget>(p.target);
        to = rotatedOverlap(first, sidePitch, width, stride, cells, target, to, p.scratch);
      } else {
        to = overlap(kind, first, sidePitch, width, stride, cells, p.target, to);
      }
    }
  }
  p.count = <i32>((to - p.overlaps) >> 2);
}

/**
 * Overlaps of one target with the predictions at its candidates, their alignments, and the best aligned of them.
 *
 * @returns number of selected candidates; with a `topk` of 0 none, and no alignments are computed
 * Source: Feng et al., arXiv:2108.07755.
 */
export function choose(p: ChooseParams): i32 {
  measure(p);
  return p.topk > 0 ? rank(p) : 0;
}
