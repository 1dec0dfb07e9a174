/** Parameters of `masks`. */
@unmanaged
export class MasksParams {
  /** f32 [M, channelPitch/4], a band of `rows` · `width` pixels per channel; readable for 3 floats more. */
  prototypes: usize;
  channelPitch: usize;
  /** M. */
  channels: i32;
  /** Width of the prototypes. */
  width: i32;
  rows: i32;
  /** `MaskGroup` [groupCount]. */
  groups: usize;
  groupCount: i32;
  /** f32, [M, paddedCount] per group, with zeros in the padding. */
  coefficients: usize;
  /** f32, masks; a pixel is inside if it equals the group's label; readable for 3 floats more. */
  masks: usize;
  /** f32 [M, gradientPitch/4] → Σ weight · gradient, every pixel of the bands; 0: none of the prototypes. */
  gradients: usize;
  gradientPitch: usize;
  /** f64 [groupCount] → Σ BCE. */
  losses: usize;
  /** f64 → weight · gradient by the coefficients of all groups, each [M, paddedCount]; 0: no gradients at all. */
  coefficientGradients: usize;
  /**
   * Scratch for the logits of the largest group, f32: paddedCount · height · width in whole vectors. With resizing twice
   * that, a row of the mask's crop in whole vectors, and 16 bytes for each of the crop's columns.
   */
  scratch: usize;
  /** Size of the masks to which logits are resized bilinearly; 0: prototypes and masks have one size. */
  maskHeight: i32;
  maskWidth: i32;
  /** Height of all prototypes, and the row of them at which the band begins; only for resizing. */
  fullHeight: i32;
  firstRow: i32;
}

/** Positives of one target in a band of rows: they share a crop and a mask. */
@unmanaged
export class MaskGroup {
  /**
   * The crop, in pixels of the band: not empty, to the right and bottom exclusive. With resizing it has all pixels that
   * those of the mask's crop read.
   */
  left: i32;
  top: i32;
  right: i32;
  bottom: i32;
  /** Number of positives. */
  count: i32;
  /** Index of the group's first coefficient. */
  firstCoefficient: i32;
  /** Index of the crop's first pixel in `masks`. */
  firstPixel: i32;
  /** Pixels from one row of the mask to the next. */
  maskPitch: i32;
  /** Value of the mask's pixels inside the target. */
  label: f32;
  /** Factor of the gradients, but not of the loss. */
  weight: f32;
  /** The mask's crop, in pixels of all masks, likewise exclusive; only for resizing. */
  maskLeft: i32;
  maskTop: i32;
  maskRight: i32;
  maskBottom: i32;

  /** The count rounded up to a multiple of 4. */
  @inline
  get paddedCount(): i32 {
    return (this.count + 3) & ~3;
  }

  @inline
  get width(): i32 {
    return this.right - this.left;
  }

  @inline
  get height(): i32 {
    return this.bottom - this.top;
  }

  /** Bytes of a row of logits, whole vectors. */
  @inline
  get rowPitch(): usize {
    return <usize>((this.width + 3) & ~3) << 2;
  }

  /** Bytes from one positive's logits to the next one's. */
  @inline
  get positivePitch(): usize {
    return <usize>this.height * this.rowPitch;
  }
}
