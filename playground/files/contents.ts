/** Numbers of a file, in row-major order of `shape`. */
export interface NumberArray {
  data: ArrayLike<number>;
  shape: readonly number[];
}

/** What both formats hold; nothing of it is checked yet but that it is there. */
export interface Contents {
  numClasses: number;
  strides: readonly number[];
  layout: string;
  /** One a level. */
  feats: readonly NumberArray[];
  batchIdx: ArrayLike<number>;
  cls: ArrayLike<number>;
  bboxes: ArrayLike<number>;
  /** RGB, [B, H, W, 3]. */
  images: NumberArray | undefined;
  names: Readonly<Record<number, string>>;
}

/** YOLOv8's own. */
export const DEFAULT_STRIDES = [8, 16, 32];
