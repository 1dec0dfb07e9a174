import { afterEach, describe, expect, it } from 'vitest';
import {
  LIKELIHOOD_BYTES,
  LIKELIHOOD_HIDDEN_BYTES,
} from '../../src/backend/programs/criteria/kernels.ts';
import { logDensity } from '../../src/reference/flow.ts';
import { sigmoid, softplus } from '../../src/reference/sigmoid.ts';
import { flowOf } from '../lib/cases-26.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { KernelMemory } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';

/** Relative error of the sum, relative L2 error of gradients: all is float64, whose functions are good to 1e-10. */
const BOUND = 1e-9;
const PANEL = 8;

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

/** A row: x and y that predictions miss by, logits of the deviations, and a weight. */
type Row = number[];

function run(rows: readonly Row[], hidden: number, flow: Float32Array, backward: boolean) {
  const count = Math.ceil(rows.length / PANEL) * PANEL;
  const packed = new Float64Array(count * 5).fill(Number.NaN);
  const placeOf = (row: number, number: number) =>
    Math.floor(row / PANEL) * 5 * PANEL + number * PANEL + (row % PANEL);
  rows.forEach((row, n) => {
    row.forEach((value, number) => {
      packed[placeOf(n, number)] = value;
    });
  });
  const at = backward ? memory.block(packed) : memory.input(packed);
  const grads = memory.block(new Float64Array(flow.length));
  const sums = memory.block(new Float64Array(2));
  memory.call('likelihood', {
    hidden,
    flow: memory.input(flow),
    flowGrads: grads,
    memory: memory.block(new Float64Array(0), LIKELIHOOD_BYTES + hidden * LIKELIHOOD_HIDDEN_BYTES),
    count,
    rows: at,
    backward,
    sums,
  });
  const own = memory.f64(at, packed.length);
  const [sum, counted] = memory.f64(sums, 2);
  const byRow = rows.map((_, n) => [0, 1, 2, 3].map((number) => own[placeOf(n, number)]));
  return { sum, counted, byRow, flow: memory.f64(grads, flow.length) };
}

function expected(rows: readonly Row[], flow: ReturnType<typeof flowOf>) {
  const grads = flow.map(({ data }) => new Float64Array(data.length));
  let [sum, counted] = [0, 0];
  const byRow = rows.map(([x, y, logitX, logitY, weight]) => {
    const axes = [
      [x, logitX],
      [y, logitY],
    ].map(([miss, logit]) => {
      const raw = miss / (sigmoid(logit) + 1e-9);
      return { logit, raw, error: Math.min(Math.max(raw, -100), 100) };
    });
    if (!axes.every(({ raw }) => Number.isFinite(raw))) return [0, 0, 0, 0];
    counted++;
    const density = logDensity(
      flow,
      axes.map(({ error }) => error),
    );
    const parts = axes.map(({ logit, error }) => Math.LN2 + Math.abs(error) - 2 * softplus(-logit));
    sum += weight * (parts[0] + parts[1] - 2 * density.value);
    const byDensity = density.backward(-2 * weight, grads);
    const slopes = axes.map(({ logit, raw, error }, q) => {
      const sigma = sigmoid(logit);
      const direct = 2 * weight * sigmoid(-logit);
      if (Math.abs(raw) > 100) return [0, direct];
      const slope = (weight * Math.sign(error) + byDensity[q]) / (sigma + 1e-9);
      return [slope, direct - slope * error * sigma * sigmoid(-logit)];
    });
    return [slopes[0][0], slopes[1][0], slopes[0][1], slopes[1][1]];
  });
  return { sum, counted, byRow, flow: grads.flatMap((grad) => [...grad]) };
}

function expectReference(rows: readonly Row[], hidden: number): void {
  const flow = flowOf(hidden, 7 * hidden).map(({ data, shape }) => ({
    data: Float64Array.from(data, Math.fround),
    shape,
  }));
  const flat = Float32Array.from(flow.flatMap(({ data }) => [...data]));
  const wanted = expected(rows, flow);
  const forward = run(rows, hidden, flat, false);
  expect(forward.counted).toBe(wanted.counted);
  expectClose('sum', forward.sum, wanted.sum, BOUND);
  const backward = run(rows, hidden, flat, true);
  expect([backward.sum, backward.counted]).toEqual([forward.sum, forward.counted]);
  expectCloseL2('rows', backward.byRow.flat(), wanted.byRow.flat(), BOUND);
  expectCloseL2('flow', backward.flow, wanted.flow, BOUND);
}

function randomRows(count: number, apart: number): Row[] {
  const uniform = uniforms(count);
  return Array.from({ length: count }, () => [
    apart * (2 * uniform() - 1),
    apart * (2 * uniform() - 1),
    4 * uniform() - 2,
    4 * uniform() - 2,
    uniform(),
  ]);
}

describe('likelihood', () => {
  it.each([0, 1, 7, 8, 9, 24])(`%d rows: sum and gradients to ${BOUND}`, (count) => {
    for (const hidden of [1, 2, 5]) expectReference(randomRows(count, 2), hidden);
  });

  it('errors of 0, of next to nothing, and beyond 100 deviations on one axis or both', () => {
    const [row] = randomRows(1, 1);
    const rows = [0, 1e-7, 40, 1e4].flatMap((x) => [
      [x, -x, ...row.slice(2)],
      [x, 0.3, ...row.slice(2)],
    ]);
    expectReference(rows, 3);
  });

  it('logits of ±40 and rows of weight 0', () => {
    const rows = [-40, 40].map((logit) => [1e-3, -1e-3, logit, 1, 1]);
    expectReference([...rows, [1, 1, 0, 0, 0]], 3);
  });

  it('rows whose errors are not finite do not count', () => {
    const rows = randomRows(9, 1);
    rows[2][0] = Number.NaN;
    rows[3][1] = Infinity;
    rows[8][2] = Number.NaN;
    expectReference(rows, 2);
  });
});
