/** Numbers of a file, in row-major order of `shape`. */
export interface NumberArray {
  data: ArrayLike<number>;
  shape: readonly number[];
}

/** Contents of a file of either format. So far it is only checked that they exist. */
export interface Contents {
  numClasses: number;
  /** Pixels per grid cell of each level; undefined if the file does not say. */
  strides: readonly number[] | undefined;
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
