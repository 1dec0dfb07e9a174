/** Numbers of a file, in row-major order of `shape`. */
export interface NumberArray {
  data: ArrayLike<number>;
  shape: readonly number[];
}

/** Contents of a file of either format. So far it is only checked that they exist. */
export interface Contents {
  numClasses: number;
  strides: readonly number[];
  layout: string;
  /** One array per level. */
  feats: readonly NumberArray[];
  batchIdx: ArrayLike<number>;
  cls: ArrayLike<number>;
  bboxes: ArrayLike<number>;
  /** RGB, [B, H, W, 3]. */
  images: NumberArray | undefined;
  names: Readonly<Record<number, string>>;
}

/** Strides of a file that names none: those of YOLOv8. */
export const DEFAULT_STRIDES = [8, 16, 32];
