import type { Stages } from '../stages.ts';
import type { Positives } from './assign/positives.ts';
import type { Dense, GroupedTargets, Predictions } from './inputs.ts';
import type { Kernels } from './programs/criteria/kernels.ts';
import { LIKELIHOOD_BYTES, LIKELIHOOD_HIDDEN_BYTES } from './programs/criteria/kernels.ts';
import type { CriteriaEngine } from './programs/criteria/program.ts';
import { type Chain, JOIN, SlotLayout } from './runtime/task.ts';
import type { KeypointInputs, Likelihood, LikelihoodInputs } from './task-inputs.ts';

/** Rows of a panel, and numbers of a row: x and y, the logits of their deviations, and the weight. */
const PANEL = 8;
const NUMBERS = 5;
/** Rows of one task. */
const ROWS_A_TASK = 128;

/** Values of the positives, f32 [K·D, P] and [2K, P], and all weights of the flow, one behind the other. */
export interface LikelihoodValues {
  keypoints: Float32Array;
  sigmas: Float32Array;
  flow: Float32Array;
}

/** Visible keypoints, each a row: index of its x among the keypoints' values and among the deviations', [n] each. */
interface Rows {
  /** f64 [panels, 5, 8] */
  numbers: Float64Array;
  keypoints: number[];
  sigmas: number[];
}

/**
 * Computes the likelihood of the positives' visible keypoints, in WASM whichever the backend: there are few.
 *
 * @param scale factor of the gradients: gain · B; null: no gradients
 * Source: Li et al., arXiv:2107.11291, eq. 6–8
 */
export function* likelihood(
  engine: CriteriaEngine,
  head: { predictions: Predictions<Dense>; targets: GroupedTargets },
  positives: Positives,
  inputs: KeypointInputs<Dense>,
  given: LikelihoodInputs<Dense>,
  values: LikelihoodValues,
  scale: number | null,
): Stages<Likelihood> {
  const rows = rowsOf(head, positives, inputs, given, values);
  const count = rows.keypoints.length;
  const all = Math.ceil(count / PANEL) * PANEL;
  const chain = evaluate(engine, rows.numbers, all, values.flow, given.hidden, scale !== null);
  const slotBytes = layoutOf(values.flow.length, given.hidden, Math.min(all, ROWS_A_TASK)).end;
  const [{ sum, counted, flow }] = yield* engine.run(slotBytes, [chain]);
  // A mean below 0 does not count; NaN does
  const isCounted = counted > 0 && !(sum < 0);
  const mean = isCounted ? sum / counted : 0;
  if (scale === null) return { mean, grads: null };
  const factor = isCounted ? scale / counted : 0;
  const grads = {
    keypoints: new Float32Array(values.keypoints.length),
    sigmas: new Float32Array(values.sigmas.length),
    flow: isCounted
      ? Float32Array.from(flow, (slope) => factor * slope)
      : new Float32Array(flow.length),
  };
  if (!isCounted) return { mean, grads };
  const pitch = positives.anchors.length;
  for (let row = 0; row < count; row++) {
    const at = Math.floor(row / PANEL) * NUMBERS * PANEL + (row % PANEL);
    const slopeOf = (number: number) => factor * rows.numbers[at + number * PANEL];
    for (let axis = 0; axis < 2; axis++) {
      grads.keypoints[rows.keypoints[row] + axis * pitch] = slopeOf(axis);
      grads.sigmas[rows.sigmas[row] + axis * pitch] = slopeOf(2 + axis);
    }
  }
  return { mean, grads };
}

/** Lists the visible keypoints, in the order of the positives, then of keypoints. */
function rowsOf(
  { predictions, targets }: { predictions: Predictions<Dense>; targets: GroupedTargets },
  { images, anchors, targets: own, anchorWeights }: Positives,
  { count, numbers, decode, truth: { keypoints } }: KeypointInputs<Dense>,
  { weights }: LikelihoodInputs<Dense>,
  values: LikelihoodValues,
): Rows {
  const { levels, imageWidth, imageHeight } = predictions;
  const pitch = anchors.length;
  const rows: Rows = { numbers: new Float64Array(0), keypoints: [], sigmas: [] };
  const list: number[][] = [];
  for (let p = 0; p < pitch; p++) {
    let l = levels.length - 1;
    while (levels[l].firstAnchor > anchors[p]) l--;
    const { firstAnchor, width, stride } = levels[l];
    const cell = anchors[p] - firstAnchor;
    const x = (cell % width) + 0.5 + decode.offset;
    const y = Math.floor(cell / width) + 0.5 + decode.offset;
    const source = targets.source[targets.offsets[images[p]] + own[p]];
    for (let k = 0; k < count; k++) {
      const from = (source * count + k) * 3;
      if (!keypoints[from + 2]) continue;
      const at = k * numbers * pitch + p;
      const sigmaAt = 2 * k * pitch + p;
      rows.keypoints.push(at);
      rows.sigmas.push(sigmaAt);
      list.push([
        decode.factor * values.keypoints[at] + x - (keypoints[from] * imageWidth) / stride,
        decode.factor * values.keypoints[at + pitch] +
          y -
          (keypoints[from + 1] * imageHeight) / stride,
        values.sigmas[sigmaAt],
        values.sigmas[sigmaAt + pitch],
        weights[k] * anchorWeights[p],
      ]);
    }
  }
  // Rows that fill up the last panel do not count
  rows.numbers = new Float64Array(Math.ceil(list.length / PANEL) * PANEL * NUMBERS).fill(
    Number.NaN,
  );
  list.forEach((row, i) => {
    const at = Math.floor(i / PANEL) * NUMBERS * PANEL + (i % PANEL);
    row.forEach((value, number) => {
      rows.numbers[at + number * PANEL] = value;
    });
  });
  return rows;
}

/** Offsets in a slot. */
function layoutOf(weights: number, hidden: number, rows: number) {
  const layout = new SlotLayout();
  return {
    flow: layout.take(weights * 4),
    flowGrads: layout.take(weights * 8),
    rows: layout.take(rows * NUMBERS * 8),
    sums: layout.take(2 * 8),
    memory: layout.take(LIKELIHOOD_BYTES + hidden * LIKELIHOOD_HIDDEN_BYTES),
    end: layout.end,
  };
}

/** Evaluates rows task by task; replaces their numbers by gradients, where these are wanted. */
function* evaluate(
  { arena }: CriteriaEngine,
  numbers: Float64Array,
  all: number,
  flow: Float32Array,
  hidden: number,
  backward: boolean,
): Chain<Kernels, { sum: number; counted: number; flow: Float64Array }> {
  const results: { sum: number; counted: number; flow: Float64Array }[] = [];
  for (let first = 0; first < all; first += ROWS_A_TASK) {
    const count = Math.min(ROWS_A_TASK, all - first);
    const at = layoutOf(flow.length, hidden, count);
    const own = numbers.subarray(first * NUMBERS, (first + count) * NUMBERS);
    const index = first / ROWS_A_TASK;
    yield {
      kernel: 'likelihood',
      load(slot) {
        arena.f32.set(flow, (slot + at.flow) >>> 2);
        const grads = (slot + at.flowGrads) >>> 3;
        if (backward) arena.f64.fill(0, grads, grads + flow.length);
        arena.f64.set(own, (slot + at.rows) >>> 3);
        return {
          hidden,
          flow: slot + at.flow,
          flowGrads: slot + at.flowGrads,
          memory: slot + at.memory,
          count,
          rows: slot + at.rows,
          backward,
          sums: slot + at.sums,
        };
      },
      store(slot) {
        const { f64 } = arena;
        const [sum, counted] = f64.subarray((slot + at.sums) >>> 3);
        const grads = (slot + at.flowGrads) >>> 3;
        results[index] = {
          sum,
          counted,
          flow: f64.slice(grads, backward ? grads + flow.length : grads),
        };
        if (!backward) return;
        const from = (slot + at.rows) >>> 3;
        own.set(f64.subarray(from, from + own.length));
      },
    };
  }
  yield JOIN;
  const total = { sum: 0, counted: 0, flow: new Float64Array(backward ? flow.length : 0) };
  for (const result of results) {
    total.sum += result.sum;
    total.counted += result.counted;
    result.flow.forEach((slope, i) => {
      total.flow[i] += slope;
    });
  }
  return total;
}
