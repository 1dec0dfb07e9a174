import { decodeSide, type Side } from './dfl.ts';
import type { Box } from './iou.ts';
import { type Anchor, anchorAt, type Head, indexOf } from './levels.ts';

/** Four predicted sides of an anchor: left, top, right, bottom. */
export function decodeSides({ regMax }: Head, { level, cell }: Anchor, image: number): Side[] {
  return [0, 1, 2, 3].map((side) => {
    const logits = Array.from(
      { length: regMax },
      (_, bin) => level.data[indexOf(level, image, side * regMax + bin, cell)],
    );
    return decodeSide(logits);
  });
}

/** Box around an anchor: centre ∓ distances. xyxy, grid units. */
export function boxAround({ x, y }: Anchor, [left, top, right, bottom]: Side[]): Box {
  return [x - left.distance, y - top.distance, x + right.distance, y + bottom.distance];
}

export function scaleBox([x1, y1, x2, y2]: Box, factor: number): Box {
  return [x1 * factor, y1 * factor, x2 * factor, y2 * factor];
}

/** Predicted boxes of one image in pixels, each decoded when it is first needed. */
export function pixelBoxes(head: Head, image: number): (anchor: number) => Box {
  const boxes: (Box | undefined)[] = new Array(head.anchors);
  return (index) => {
    const known = boxes[index];
    if (known) return known;
    const anchor = anchorAt(head, index);
    const box = boxAround(anchor, decodeSides(head, anchor, image));
    const decoded = scaleBox(box, anchor.level.stride);
    boxes[index] = decoded;
    return decoded;
  };
}
