import type { DetectionTargets, Layout, Tensor } from '../../types.ts';
import type { Box } from '../box-terms.ts';
import { type Anchor, anchorAt, type Head, indexOf, readHead } from '../levels.ts';
import { resolveOptions } from '../options.ts';
import { groupTargets } from '../set/targets.ts';

export type Feats = readonly Tensor<ArrayLike<number>>[];

export interface DenseOptions {
  numClasses: number;
  strides?: readonly number[];
  layout?: Layout;
}

/** A target in pixels. */
export interface DenseTarget {
  cls: number;
  /** xyxy */
  box: Box;
  centre: [x: number, y: number];
}

/** An anchor that is assigned to a target. */
export interface DensePositive {
  image: number;
  anchor: number;
  /** Index among the image's targets. */
  target: number;
  /** IoU of prediction and target, constant. */
  score: number;
}

/** Reads feats, and the targets of each image. */
export function readDense(feats: Feats, targets: DetectionTargets, options: DenseOptions) {
  const head = readHead(feats, resolveOptions(options));
  const { imageWidth: width, imageHeight: height, batch } = head;
  const images = groupTargets(targets, batch).map((list) =>
    list.map(({ cls, box: [x, y, w, h] }): DenseTarget => {
      const [halfWidth, halfHeight] = [(w * width) / 2, (h * height) / 2];
      const centre: [number, number] = [x * width, y * height];
      const [cx, cy] = centre;
      return {
        cls,
        centre,
        box: [cx - halfWidth, cy - halfHeight, cx + halfWidth, cy + halfHeight],
      };
    }),
  );
  return { head, images };
}

/** Index of each channel of an anchor in its level's data. */
export function channelAt(head: Head, image: number, anchor: number): (channel: number) => number {
  const { level, cell } = anchorAt(head, anchor);
  return (channel) => indexOf(level, image, channel, cell);
}

/** Corner of an anchor's cell in grid units, and its stride. */
export function gridOf({ level, x, y }: Anchor) {
  return { stride: level.stride, column: x - 0.5, row: y - 0.5 };
}
