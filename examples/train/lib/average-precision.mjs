import { iouOf } from './boxes.mjs';

/**
 * @import { Box } from './boxes.mjs'
 * @import { Detection } from './detect.mjs'
 *
 * @typedef {Box & { label: number }} Truth
 */

/** Thresholds of IoU: 0.5, 0.55, … 0.95. */
export const THRESHOLDS = Array.from({ length: 10 }, (_, i) => (50 + 5 * i) / 100);
/** Recalls 0, 0.01, … 1 at which precision is read, rounded as COCO's are, so that a recall equal to one of them counts alike. */
const RECALLS = Array.from({ length: 101 }, (_, i) => i * 0.01);

/**
 * Mean average precision as the COCO evaluation defines it (Lin et al., arXiv:1405.0312; cocodataset.org/#detection-eval), over
 * all box sizes and all given detections: precision at 101 recalls, averaged over the recalls and the classes that occur.
 *
 * @param {readonly (readonly Detection[])[]} detections one list per image
 * @param {readonly (readonly Truth[])[]} truths one list per image
 * @returns {{ map50: number, map: number }} at IoU 0.5, and averaged over the ten from 0.5 to 0.95; NaN without any truth
 */
export function meanAveragePrecision(detections, truths) {
  const labels = [...new Set(truths.flat().map(({ label }) => label))];
  const byThreshold = THRESHOLDS.map((threshold) =>
    mean(labels.map((label) => averagePrecision(detections, truths, label, threshold))),
  );
  return { map50: byThreshold[0], map: mean(byThreshold) };
}

/**
 * @param {readonly (readonly Detection[])[]} detections
 * @param {readonly (readonly Truth[])[]} truths
 * @param {number} label
 * @param {number} threshold
 */
function averagePrecision(detections, truths, label, threshold) {
  const ofLabel = (/** @type {{ label: number }} */ box) => box.label === label;
  let positives = 0;
  const matched = detections.flatMap((found, image) => {
    const wanted = truths[image].filter(ofLabel);
    positives += wanted.length;
    return matchDetections(found.filter(ofLabel), wanted, threshold);
  });
  matched.sort((a, b) => b.score - a.score);
  const recalls = /** @type {number[]} */ ([]);
  const precisions = /** @type {number[]} */ ([]);
  let right = 0;
  for (const [i, { isRight }] of matched.entries()) {
    if (isRight) right++;
    recalls.push(right / positives);
    precisions.push(right / (i + 1));
  }
  // The best precision at this recall or a larger one
  for (let i = precisions.length - 2; i >= 0; i--) {
    precisions[i] = Math.max(precisions[i], precisions[i + 1]);
  }
  return mean(RECALLS.map((r) => precisions[recalls.findIndex((recall) => recall >= r)] ?? 0));
}

/**
 * Matches detections to boxes, the best detection first: each takes the free box that it overlaps most, if the IoU suffices.
 *
 * @param {readonly Detection[]} found in one image, of one class
 * @param {readonly Truth[]} wanted
 * @param {number} threshold
 * @returns {{ score: number, isRight: boolean }[]}
 */
function matchDetections(found, wanted, threshold) {
  const left = new Set(wanted);
  return [...found]
    .sort((a, b) => b.score - a.score)
    .map((detection) => {
      let [best, most] = [/** @type {Truth | undefined} */ (undefined), threshold];
      for (const truth of left) {
        const iou = iouOf(detection, truth);
        if (iou >= most) [best, most] = [truth, iou];
      }
      if (best !== undefined) left.delete(best);
      return { score: detection.score, isRight: best !== undefined };
    });
}

/** @param {readonly number[]} values */
function mean(values) {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
