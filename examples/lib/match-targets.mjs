/** @import { Assignment, DetectionTargets } from 'detloss' */

/**
 * A positive anchor, with its centre in pixels of the network's input.
 * @typedef {{ stride: number, x: number, y: number, score: number }} Positive
 */

/**
 * A target in pixels of the network's input; `index` counts the targets of its image.
 * @typedef {object} MatchedTarget
 * @property {number} image
 * @property {number} index
 * @property {number} cls
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {Positive[]} positives
 */

/**
 * Joins targets and assignment: every target, in the order given, with the anchors assigned to it.
 *
 * @param {DetectionTargets} targets
 * @param {Assignment} assignment
 * @param {{ imageSize: readonly [height: number, width: number], strides: readonly number[] }} grid
 * @returns {MatchedTarget[]}
 */
export function matchTargets({ batchIdx, cls, bboxes }, assignment, { imageSize, strides }) {
  const [imageHeight, imageWidth] = imageSize;
  /** @type {MatchedTarget[]} */
  const matched = [];
  for (let i = 0; i < batchIdx.length; i++) {
    const [x, y, w, h] = [0, 1, 2, 3].map((k) => bboxes[4 * i + k]);
    matched.push({
      image: batchIdx[i],
      index: matched.filter(({ image }) => image === batchIdx[i]).length,
      cls: cls[i],
      left: (x - w / 2) * imageWidth,
      top: (y - h / 2) * imageHeight,
      width: w * imageWidth,
      height: h * imageHeight,
      positives: [],
    });
  }
  assignment.anchor.forEach((anchor, p) => {
    const target = matched.find(
      ({ image, index }) => image === assignment.image[p] && index === assignment.target[p],
    );
    const place = locateAnchor(anchor, imageSize, strides);
    target?.positives.push({ ...place, score: assignment.score[p] });
  });
  return matched;
}

/**
 * Finds the stride and centre of an anchor. Anchors count level by level, row-major.
 *
 * @param {number} anchor
 * @param {readonly [height: number, width: number]} imageSize
 * @param {readonly number[]} strides
 */
function locateAnchor(anchor, [imageHeight, imageWidth], strides) {
  let cell = anchor;
  for (const stride of strides) {
    const [rows, columns] = [imageHeight / stride, imageWidth / stride];
    if (cell < rows * columns) {
      const [row, column] = [Math.floor(cell / columns), cell % columns];
      return { stride, x: (column + 0.5) * stride, y: (row + 0.5) * stride };
    }
    cell -= rows * columns;
  }
  throw new RangeError(`anchor ${anchor} lies beyond the last level`);
}
