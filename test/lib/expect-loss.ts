import { expect } from 'vitest';
import { expectClose, expectCloseL2 } from './compare.ts';
import type { Expected } from './tasks/task.ts';

/**
 * Fails unless total, every item and every gradient (relative L2) are within `bound`. Expected gradients are
 * rounded to float32, which cannot hold what is left far from a keypoint: 1e-66. The reference also has the items
 * `sem`, which no backend computes yet; it must be 0.
 */
export function expectLoss(actual: Expected, expected: Expected, bound: number): void {
  expectClose('total', actual.total, expected.total, bound);
  const { sem = 0, ...items } = expected.items;
  expect(sem).toBe(0);
  expect(Object.keys(actual.items).sort()).toEqual(Object.keys(items).sort());
  for (const [item, value] of Object.entries(items)) {
    expectClose(item, actual.items[item], value, bound);
  }
  expect(actual.grads.length).toBe(expected.grads.length);
  expected.grads.forEach((grad, i) => {
    expectCloseL2(`gradient ${i}`, actual.grads[i], Float32Array.from(grad), bound);
  });
}
