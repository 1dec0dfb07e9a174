import type { DetectionTargets } from 'detloss';
import type { TargetBox } from './scene.ts';

/** Converts the boxes of a batch to the form that the package takes. */
export function targetsOf(boxes: readonly TargetBox[]): DetectionTargets {
  return {
    batchIdx: boxes.map(({ image }) => image),
    cls: boxes.map(({ cls }) => cls),
    bboxes: boxes.flatMap(({ x, y, w, h }) => [x, y, w, h]),
  };
}

/** Boxes of one image, in the order that an assignment's `target` counts. */
export function boxesIn(boxes: readonly TargetBox[], image: number): TargetBox[] {
  return boxes.filter((box) => box.image === image);
}
