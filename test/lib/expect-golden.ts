import { expect } from 'vitest';
import type { DetectionItems } from '../../src/types.ts';
import { expectClose, expectCloseL2 } from './compare.ts';
import type { Golden } from './golden.ts';

/** Below it, the reference implementation's own arithmetic decides what is a positive. */
export const SCORE_FLOOR = 1e-5;

type Numbers = ArrayLike<number>;
type Positives = Record<'image' | 'anchor' | 'target' | 'score', Numbers>;

/** Fails unless total, items and the scores' sum are within `bound`, relative. */
export function expectItems(
  actual: { total: number; items: DetectionItems; assignment: { scoresSum: number } },
  { expected }: Pick<Golden, 'expected'>,
  bound: number,
): void {
  expectClose('total', actual.total, expected.total, bound);
  expectClose('box', actual.items.box, expected.box, bound);
  expectClose('cls', actual.items.cls, expected.cls, bound);
  expectClose('dfl', actual.items.dfl, expected.dfl, bound);
  expectClose('scoresSum', actual.assignment.scoresSum, expected.targetScoresSum, bound);
}

/** Fails unless the positives above SCORE_FLOOR are the same and their scores within `bound`, relative L2. */
export function expectAssignment(actual: Positives, expected: Positives, bound: number): void {
  const [ours, theirs] = [aboveFloor(actual), aboveFloor(expected)];
  expect(ours.map((p) => p.where)).toEqual(theirs.map((p) => p.where));
  const scores = (list: typeof ours) => list.map((p) => p.score);
  expectCloseL2('scores', scores(ours), scores(theirs), bound);
}

function aboveFloor({ image, anchor, target, score }: Positives) {
  return Array.from(score, (value, i) => ({
    where: `image ${image[i]}, anchor ${anchor[i]}, target ${target[i]}`,
    score: value,
  })).filter((positive) => positive.score > SCORE_FLOOR);
}

/** Fails unless a level's gradient is within `bound` (relative L2), its sums within `sumBound`. */
export function expectGrad(
  what: string,
  actual: Numbers,
  expected: Golden['grads'][number],
  bound: number,
  sumBound: number,
): void {
  if (expected.kind === 'full') {
    expectCloseL2(what, actual, expected.data, bound);
    return;
  }
  const samples = Array.from(expected.index, (i) => actual[i]);
  expectCloseL2(`${what}, samples`, samples, expected.value, bound);
  const [sum, absSum, squares] = sums(actual);
  expectClose(`${what}, sum`, sum, expected.sum, sumBound);
  expectClose(`${what}, absolute sum`, absSum, expected.absSum, sumBound);
  expectClose(`${what}, L2`, Math.sqrt(squares), expected.l2, sumBound);
}

function sums(values: Numbers): [sum: number, absSum: number, squares: number] {
  const totals: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    totals[0] += values[i];
    totals[1] += Math.abs(values[i]);
    totals[2] += values[i] * values[i];
  }
  return totals;
}
