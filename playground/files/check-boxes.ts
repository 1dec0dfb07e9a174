/** Largest number of a normalised box. Boxes may reach beyond their image, but not by that much. */
const LARGEST = 2;

/**
 * Checks that boxes are normalised: in pixels they would lie far outside the picture, and no word would say so.
 *
 * @param width of the network's input in pixels
 * @param height of the network's input in pixels
 * @throws {Error} they are in pixels
 */
export function checkNormalised(bboxes: ArrayLike<number>, width: number, height: number): void {
  const largest = Array.from(bboxes).reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  if (!(largest > LARGEST)) return;
  const isOfInput = largest <= Math.max(width, height);
  const [w, h] = isOfInput ? [width, height] : ['the image’s width', 'its height'];
  throw new Error(
    `bboxes should be normalised to 0..1, but go up to ${largest}. They seem to be in pixels: divide x and width by ${w}, y and height by ${h}`,
  );
}
