/** Size of the images of a batch, pixels. */
export interface ImageSize {
  imageWidth: number;
  imageHeight: number;
}

/** Boxes of targets, normalised. */
export interface TargetBoxes {
  /** [N, 4] xywh */
  boxes: Float64Array;
  /** Radians: [N] of rotated boxes, empty of upright ones. */
  angles: Float64Array;
}

/** The differences between upright and rotated boxes. A backend adds its own, such as `webgpu/geometry.ts`. */
export interface Geometry {
  readonly name: 'upright' | 'rotated';
  /** Number of values of a target's box in `bboxes`: xywh, and the angle of a rotated one. */
  readonly boxNumbers: number;
  /** Kernel that finds the candidates of targets. */
  readonly candidates: 'uprightCandidates' | 'rotatedCandidates';
  /** Number of float64 values in a target's record, from which candidates and overlaps are computed. */
  readonly recordNumbers: number;

  /** Largest number of rectangles that a target's candidates on a level consist of. */
  mostRectangles(level: { height: number }): number;

  /**
   * Records of all targets, f64 [N, recordNumbers], in pixels. All zeros are the record of a target without candidates.
   */
  recordsOf(targets: TargetBoxes, size: ImageSize): Float64Array;

  /** Boxes of all targets, f64 [N, 4], as `sidesOf` below returns them. */
  sidesOf(targets: TargetBoxes, size: ImageSize, records: Float64Array): Float64Array;
}

/** Boxes of targets from xywh, normalised, to xyxy in pixels; of rotated ones, before they are rotated. */
export function sidesOf(
  { boxes }: Pick<TargetBoxes, 'boxes'>,
  { imageWidth, imageHeight }: ImageSize,
): Float64Array {
  const sides = new Float64Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    const x = boxes[i] * imageWidth;
    const y = boxes[i + 1] * imageHeight;
    const halfWidth = (boxes[i + 2] * imageWidth) / 2;
    const halfHeight = (boxes[i + 3] * imageHeight) / 2;
    sides[i] = x - halfWidth;
    sides[i + 1] = y - halfHeight;
    sides[i + 2] = x + halfWidth;
    sides[i + 3] = y + halfHeight;
  }
  return sides;
}
