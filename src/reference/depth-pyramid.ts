/** Errors of logarithmic depths on one scale. */
export interface DepthLevel {
  height: number;
  width: number;
  /** [B, height, width] flat; 0 where not valid. */
  errors: Float64Array;
  valid: readonly boolean[];
  /** [B], whether an image takes part. */
  active: readonly boolean[];
}

export interface DepthPyramid {
  levels: DepthLevel[];
  /** Returns the gradient with respect to the first level's errors, from those of all levels. */
  backward(grads: readonly Float64Array[]): Float64Array;
}

/** Most levels, the first one included. */
const MOST_LEVELS = 4;
/** A level with a shorter side is the last. */
const SHORTEST = 4;
/** Least share of the valid pixels in the cells with any, below which an image leaves the pyramid. */
const FULL = 0.7;
/** Least share that a mean divides by. */
const EPS = 1e-6;

/**
 * Halves errors up to three times: a cell is the mean of its valid ones among 2 × 2, and valid if there is any. The
 * last row or column of an odd number is dropped.
 *
 * The difference of the means of predicted and true logarithms is the mean of their differences, so that this needs
 * the errors alone.
 */
export function depthPyramid(
  errors: Float64Array,
  valid: readonly boolean[],
  { batch, height, width }: { batch: number; height: number; width: number },
): DepthPyramid {
  const active = new Array<boolean>(batch).fill(true);
  const levels: DepthLevel[] = [{ height, width, errors, valid, active }];
  const steps: ((grad: Float64Array) => Float64Array)[] = [];
  while (levels.length < MOST_LEVELS) {
    const last = levels[levels.length - 1];
    if (Math.min(last.height, last.width) < SHORTEST) break;
    const { level, backward } = halve(last);
    if (!level.active.includes(true)) break;
    levels.push(level);
    steps.push(backward);
  }
  return {
    levels,
    backward: (grads) =>
      steps.reduceRight(
        (grad, step, l) => step(grad).map((slope, i) => slope + grads[l][i]),
        grads[levels.length - 1],
      ),
  };
}

function halve({ height, width, errors, valid, active }: DepthLevel) {
  const half = { height: Math.floor(height / 2), width: Math.floor(width / 2) };
  const area = half.height * half.width;
  const cells = Array.from({ length: active.length * area }, (_, i) => {
    const [image, row] = [Math.floor(i / area), Math.floor((i % area) / half.width)];
    const first = (image * height + 2 * row) * width + 2 * (i % half.width);
    return [first, first + 1, first + width, first + width + 1].filter((at) => valid[at]);
  });
  // Σ/4 over the share of the valid ones
  const divisorOf = (cell: readonly number[]) => 4 * Math.max(cell.length / 4, EPS);
  const level: DepthLevel = {
    ...half,
    errors: Float64Array.from(
      cells,
      (cell) => cell.reduce((sum, at) => sum + errors[at], 0) / divisorOf(cell),
    ),
    valid: cells.map((cell) => cell.length > 0),
    active: active.map((before, image) => {
      const own = cells.slice(image * area, (image + 1) * area);
      const share = own.reduce((sum, cell) => sum + cell.length / 4, 0);
      return before && share > FULL * own.filter((cell) => cell.length > 0).length;
    }),
  };
  const backward = (grad: Float64Array) => {
    const out = new Float64Array(errors.length);
    cells.forEach((cell, i) => {
      for (const at of cell) out[at] += grad[i] / divisorOf(cell);
    });
    return out;
  };
  return { level, backward };
}
