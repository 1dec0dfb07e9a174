import type { GroupedTargets, Predictions } from '../backend.ts';
import type { Arena } from '../runtime/arena.ts';

/** Centre, size, angle, its cosine and sine, f64: see assembly/rotated-targets.ts. */
export const ROTATED_TARGET_BYTES = 56;
const NUMBERS = ROTATED_TARGET_BYTES / 8;

/**
 * Rotated boxes of one image in pixels. A target counts where its five numbers' sum is above 0.
 *
 * @param first of the image's targets
 * @param own addresses of f64 [count, 7] and u8 [count]
 */
export function loadRotated(
  { f64, u8 }: Arena,
  { imageWidth, imageHeight }: Predictions,
  { boxes, angles }: GroupedTargets,
  first: number,
  { count, valid, rotated }: { count: number; valid: number; rotated: number },
): void {
  for (let i = 0; i < count; i++) {
    const row = 4 * (first + i);
    const angle = (angles as Float64Array)[first + i];
    const x = boxes[row] * imageWidth;
    const y = boxes[row + 1] * imageHeight;
    const width = boxes[row + 2] * imageWidth;
    const height = boxes[row + 3] * imageHeight;
    const numbers = [x, y, width, height, angle, Math.cos(angle), Math.sin(angle)];
    f64.set(numbers, (rotated >>> 3) + i * NUMBERS);
    u8[valid + i] = x + y + width + height + angle > 0 ? 1 : 0;
  }
}

/** Whether an anchor is a candidate of a target: inside its rectangle or on its border. Pixels. */
export function isInside({ f64 }: Arena, rotated: number, target: number, x: number, y: number) {
  const box = (rotated >>> 3) + target * NUMBERS;
  const [dx, dy] = [x - f64[box], y - f64[box + 1]];
  const [cos, sin] = [f64[box + 5], f64[box + 6]];
  const [along, across] = [dx * cos + dy * sin, dy * cos - dx * sin];
  return Math.abs(along) <= f64[box + 2] / 2 && Math.abs(across) <= f64[box + 3] / 2;
}
