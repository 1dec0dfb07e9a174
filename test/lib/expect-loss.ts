import { expect } from 'vitest';
import { expectClose, expectCloseL2 } from './compare.ts';
import type { Expected, LossItems } from './tasks/task.ts';

/**
 * Fails unless total, every item, those of each head and every gradient (relative L2) are within `bound`. Expected gradients are
 * rounded to float32, which cannot hold what is left far from a keypoint: 1e-66.
 */
export function expectLoss(actual: Expected, expected: Expected, bound: number): void {
  expectItems('', actual, expected, bound);
  for (const [head, own] of Object.entries(expected.heads ?? {})) {
    expectItems(`${head}: `, actual.heads?.[head] as LossItems, own, bound);
  }
  expect(actual.grads.length).toBe(expected.grads.length);
  expected.grads.forEach((grad, i) => {
    expectCloseL2(`gradient ${i}`, actual.grads[i], Float32Array.from(grad), bound);
  });
}

function expectItems(where: string, actual: LossItems, expected: LossItems, bound: number): void {
  expectClose(`${where}total`, actual.total, expected.total, bound);
  expect(Object.keys(actual.items).sort()).toEqual(Object.keys(expected.items).sort());
  for (const [item, value] of Object.entries(expected.items)) {
    expectClose(`${where}${item}`, actual.items[item], value, bound);
  }
}
