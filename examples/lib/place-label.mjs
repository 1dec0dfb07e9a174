/** @typedef {{ left: number, top: number, width: number, height: number }} Rect */

/**
 * Finds the place where a box's label hides least: at a corner of the box, outside or inside, within the frame.
 *
 * @param {{ width: number, height: number }} label
 * @param {Rect} box
 * @param {Rect} frame
 * @param {readonly Rect[]} taken what should stay visible
 * @returns {Rect}
 */
export function placeLabel({ width, height }, box, frame, taken) {
  const lefts = [box.left, box.left + box.width - width];
  const bottom = box.top + box.height;
  const tops = [box.top - height, bottom, box.top, bottom - height];
  const places = tops.flatMap((top) => lefts.map((left) => ({ left, top, width, height })));
  const hidden = places.map((place) => {
    const cut = width * height - overlap(place, frame);
    return taken.reduce((sum, rect) => sum + overlap(place, rect), cut);
  });
  return places[hidden.indexOf(Math.min(...hidden))];
}

/** Area common to two rectangles. @param {Rect} a @param {Rect} b */
function overlap(a, b) {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  return Math.max(width, 0) * Math.max(height, 0);
}
