/**
 * @typedef {import('detloss').Tensor} Tensor
 * @typedef {{ feats: Tensor[], targets: { batchIdx: number[], cls: number[], bboxes: number[] } }} Batch
 */

/**
 * Splits a batch into consecutive images for each worker.
 *
 * @param {Batch} batch
 * @param {number[]} sizes images of each worker; 0 for a worker without images
 * @returns {Batch[]}
 */
export function splitBatch({ feats, targets }, sizes) {
  let first = 0;
  return sizes.map((size) => {
    const start = first;
    first += size;
    return {
      feats: size === 0 ? [] : feats.map((feat) => imagesOf(feat, start, size)),
      targets: targetsOf(targets, start, size),
    };
  });
}

/**
 * @param {Tensor} tensor images on its first axis
 * @param {number} first
 * @param {number} count
 */
function imagesOf({ data, shape: [batch, ...rest] }, first, count) {
  const size = data.length / batch;
  return { data: data.slice(first * size, (first + count) * size), shape: [count, ...rest] };
}

/**
 * @param {Batch['targets']} targets
 * @param {number} first
 * @param {number} count
 */
function targetsOf({ batchIdx, cls, bboxes }, first, count) {
  const rows = [...batchIdx.keys()].filter((i) => {
    return batchIdx[i] >= first && batchIdx[i] < first + count;
  });
  return {
    batchIdx: rows.map((i) => batchIdx[i] - first),
    cls: rows.map((i) => cls[i]),
    bboxes: rows.flatMap((i) => bboxes.slice(4 * i, 4 * i + 4)),
  };
}
