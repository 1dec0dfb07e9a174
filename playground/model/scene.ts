import type { Layout, Tensor } from 'detloss';

/** Target box: centre and size, normalised to the image. */
export interface TargetBox {
  /** Identifies the box as long as it exists. */
  id: number;
  /** Index of the image in the batch. */
  image: number;
  cls: number;
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Description of the head that produced the predictions. */
export interface HeadConfig {
  numClasses: number;
  regMax: number;
  strides: readonly number[];
  layout: Layout;
}

/** Predictions and targets of a batch as they were opened. */
export interface Scene {
  name: string;
  head: HeadConfig;
  /** Raw head outputs, one tensor per level. They never change: a descent copies them. */
  feats: readonly Tensor[];
  boxes: readonly TargetBox[];
  /** One picture per image, or none. */
  pictures: readonly Picture[];
  classNames: Readonly<Record<number, string>>;
}

export interface Picture {
  source: ImageBitmap;
  /** Whether the picture is drawn as its mirror image. */
  mirrored: boolean;
}

let lastId = 0;

/** Creates a box with an id of its own. */
export function createBox(box: Omit<TargetBox, 'id'>): TargetBox {
  lastId++;
  return { ...box, id: lastId };
}

/** Creates boxes from the three arrays of the targets. */
export function boxesOf(
  batchIdx: ArrayLike<number>,
  cls: ArrayLike<number>,
  bboxes: ArrayLike<number>,
): TargetBox[] {
  return Array.from(batchIdx, (image, n) => {
    const [x, y, w, h] = [0, 1, 2, 3].map((k) => bboxes[4 * n + k]);
    return createBox({ image, cls: cls[n], x, y, w, h });
  });
}

export function classNameOf({ classNames }: Pick<Scene, 'classNames'>, cls: number): string {
  return classNames[cls] ?? `class ${cls}`;
}

interface Sized {
  head: Pick<HeadConfig, 'layout' | 'strides'>;
  feats: readonly { shape: readonly number[] }[];
}

/** Width and height of the network's input in pixels: the first level's grid × its stride. */
export function inputSize({ feats, head }: Sized): [width: number, height: number] {
  const { shape } = feats[0];
  const [height, width] = head.layout === 'nchw' ? [shape[2], shape[3]] : [shape[1], shape[2]];
  return [width * head.strides[0], height * head.strides[0]];
}

/** Width over height of the undistorted picture; the network's input may be stretched. */
export function aspectOf(scene: Scene, image: number): number {
  const source = scene.pictures[image]?.source;
  if (source) return source.width / source.height;
  const [width, height] = inputSize(scene);
  return width / height;
}
