import type { DetectionTargets } from 'detloss';
import type { TargetBox } from './scene.ts';

/** The boxes of a batch in the form the package takes them. */
export function targetsOf(boxes: readonly TargetBox[]): DetectionTargets {
  return {
    batchIdx: boxes.map(({ image }) => image),
    cls: boxes.map(({ cls }) => cls),
    bboxes: boxes.flatMap(({ x, y, w, h }) => [x, y, w, h]),
  };
}

/** The boxes of one image; their places are what an assignment's `target` counts. */
export function boxesIn(boxes: readonly TargetBox[], image: number): TargetBox[] {
  return boxes.filter((box) => box.image === image);
}
