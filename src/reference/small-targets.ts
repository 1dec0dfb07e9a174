import type { SmallTargets } from './defaults.ts';
import type { Box } from './iou.ts';

/** Length that a side of a target has in the candidate test. Pixels. */
export function grownSide(side: number, rule: SmallTargets | false): number {
  return rule && side < rule.below ? rule.growTo : side;
}

/**
 * Box of the candidate test: each short side grows about the box's centre. Overlaps and losses use the true box.
 *
 * @param box xyxy, pixels
 */
export function grownBox(box: Box, rule: SmallTargets | false): Box {
  const [x1, x2] = grownRange(box[0], box[2], rule);
  const [y1, y2] = grownRange(box[1], box[3], rule);
  return [x1, y1, x2, y2];
}

function grownRange(from: number, to: number, rule: SmallTargets | false): [number, number] {
  const length = grownSide(to - from, rule);
  if (length === to - from) return [from, to];
  const centre = (from + to) / 2;
  return [centre - length / 2, centre + length / 2];
}
