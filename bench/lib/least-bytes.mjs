/**
 * Counts the bytes that each pass of the WebGPU backend reads from and writes to the device's memory, from the sizes of the
 * problem. A value that a thread reads twice counts once, because the second read comes from a cache.
 */

const WORD = 4;
/** Bytes of the structs in gpu/overlap.wgsl and gpu/regress.wgsl. */
const ROW = 12 * WORD;
const POSITIVE = 9 * WORD;
const PARTIAL = 4 * WORD;
/** Threads per workgroup of the passes of gpu/background.wgsl. */
const WORKGROUP = 64;

/**
 * @param {import('../shapes.mjs').Shape} shape
 * @param {ReturnType<typeof import('../shapes.mjs').makeProblem>['targets']} targets
 * @param {number} positives
 * @param {{ label: string, workgroups: number }[]} dispatches of a call, each labelled with its pass and its level
 * @param {number} subgroup size of the smallest subgroup, whose threads share a partial sum; 0: a workgroup shares one
 * @returns {Record<string, { read: number, written: number }>}
 */
export function bytesByPass(shape, targets, positives, dispatches, subgroup) {
  const { batch, imageSize, strides, regMax, numClasses } = shape;
  const anchors = strides.reduce((sum, stride) => sum + (imageSize / stride) ** 2, 0);
  const { covered, pairs, rows } = countCandidates(shape, targets);
  const own = (/** @type {string} */ pass) =>
    dispatches.filter(({ label }) => label.split(' ')[0] === pass);
  const total = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0);
  /** Bytes of a number of channels of the levels that a pass works on. */
  const channelsOf = (/** @type {string} */ pass, /** @type {number} */ channels) => {
    const cells = own(pass).map(({ label }) => (imageSize / strides[+label.split(' ')[1]]) ** 2);
    return batch * total(cells) * channels * WORD;
  };
  const partialsOf = (/** @type {string} */ pass, /** @type {number} */ each) =>
    PARTIAL * each * total(own(pass).map(({ workgroups }) => workgroups));
  const each = subgroup ? WORKGROUP / subgroup : 1;
  const partials =
    partialsOf('background', each) + partialsOf('classify', each) + partialsOf('regress', 1);
  const channels = 4 * regMax + numClasses;
  const box = 4 * regMax * WORD;
  return {
    dfl: { read: covered * box + batch * anchors, written: covered * 4 * WORD },
    overlap: { read: pairs * 5 * WORD + rows * ROW, written: pairs * 2 * WORD },
    background: {
      read: channelsOf('background', numClasses),
      written: partialsOf('background', each),
    },
    slopes: { read: channelsOf('slopes', numClasses), written: channelsOf('slopes', channels) },
    classify: {
      read: channelsOf('classify', numClasses),
      written: channelsOf('classify', channels) + partialsOf('classify', each),
    },
    regress: {
      read: positives * (box + POSITIVE),
      written: positives * (box + WORD) + partialsOf('regress', 1),
    },
    fold: { read: partials, written: 8 * WORD },
  };
}

/**
 * Counts the anchors inside some target, the target-anchor pairs, and the rectangles of pairs.
 *
 * @param {import('../shapes.mjs').Shape} shape
 * @param {ReturnType<typeof import('../shapes.mjs').makeProblem>['targets']} targets
 */
function countCandidates({ batch, imageSize, strides }, { batchIdx, bboxes }) {
  let covered = 0;
  let pairs = 0;
  let rows = 0;
  for (const stride of strides) {
    const size = imageSize / stride;
    const cover = new Uint8Array(batch * size * size);
    batchIdx.forEach((image, i) => {
      const [x, y, width, height] = bboxes.subarray(4 * i, 4 * i + 4);
      const [left, right] = range(x, width, size);
      const [top, bottom] = range(y, height, size);
      for (let row = top; row < bottom; row++) {
        const at = (image * size + row) * size;
        cover.fill(1, at + left, at + right);
      }
      pairs += (right - left) * (bottom - top);
      rows += right > left && bottom > top ? 1 : 0;
    });
    covered += cover.reduce((sum, value) => sum + value, 0);
  }
  return { covered, pairs, rows };
}

/**
 * Finds the cells whose centre lies inside [middle ± length / 2], normalised.
 *
 * @param {number} middle
 * @param {number} length
 * @param {number} size number of cells
 * @returns {[first: number, end: number]}
 */
function range(middle, length, size) {
  const first = Math.max(0, Math.ceil((middle - length / 2) * size - 0.5));
  const end = Math.min(size, Math.ceil((middle + length / 2) * size - 0.5));
  return [first, Math.max(first, end)];
}
