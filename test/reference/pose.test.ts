import { describe, expect, it } from 'vitest';
import { keypointTerm } from '../../src/reference/keypoints.ts';
import type { ReferenceOptions } from '../../src/reference/options.ts';
import { defaultSigmas, poseLoss } from '../../src/reference/pose.ts';
import { expectClose } from '../lib/compare.ts';

/** One image of 32×32 px, one level of 4×4 cells, R = 1, 1 class; every box is its cell ± 1. */
const options: ReferenceOptions = { numClasses: 1, regMax: 1, strides: [8], assigner: { topk: 1 } };
const feats = [{ data: new Float64Array(5 * 16).fill(1, 0, 64), shape: [1, 5, 4, 4] }];
const box = { batchIdx: [0], cls: [0], bboxes: [0.5, 0.5, 0.75, 0.5] };

/** Pose loss of equal predicted keypoints [K, D] at every anchor, and one target with true keypoints. */
function pose(predicted: number[][], truth: number[][]) {
  const data = predicted.flat().flatMap((value) => new Array(16).fill(value));
  const [count, numbers] = [truth.length, truth[0].length];
  return poseLoss(
    { feats, keypoints: { data, shape: [1, count * numbers, 16] } },
    { ...box, keypoints: { data: truth.flat(), shape: [1, count, numbers] } },
    options,
  );
}

describe('keypointTerm', () => {
  it('is 1 − e^(−d² / (2 · (2σ)² · area)) to 1e-9, which eps leaves', () => {
    const { value } = keypointTerm(1, 2, 0.1, 6);
    expectClose('value', value, 1 - Math.exp(-5 / (2 * 0.04 * 6)), 1e-9);
  });

  it('next to the true keypoint keeps its digits; far from it tends to 1 and is flat', () => {
    expectClose('near', keypointTerm(1e-9, 0, 0.1, 1).value, 1e-18 / 0.08, 1e-8);
    expect(keypointTerm(1e3, 0, 0.1, 1)).toEqual({ value: 1, grad: [0, 0] });
    expect(keypointTerm(0, 0, 0.1, 0)).toEqual({ value: 0, grad: [0, 0] });
  });
});

describe('poseLoss', () => {
  // topk 1: the positive is anchor 5, in cell (1, 1), its centre (1.5, 1.5); 2·p + 1 = truth · 4
  const hit = [0.5, -0.25];
  const truth = [0.5, 0.125];

  it('keypoints decode to 2·value + anchor − 0.5 cells', () => {
    const { assignment, items } = pose([hit], [truth]);
    expect([...assignment.anchor]).toEqual([5]);
    expectClose('pose', items.pose, 0, 1e-15, 1);
    // One keypoint has σ = 1; the target's box is 3 × 2 cells
    const off = 12 * keypointTerm(0, 0.5, 1, 6).value;
    expectClose('off', pose([[0.5, 0]], [truth]).items.pose, off, 1e-8);
  });

  it('is gain · mean over visible keypoints, whatever share is visible', () => {
    const miss = [...hit.map((x) => x + 0.3), 2];
    const one = pose(
      [miss, miss],
      [
        [...truth, 1],
        [...truth, 0],
      ],
    );
    const both = pose(
      [miss, miss],
      [
        [...truth, 2],
        [...truth, 1],
      ],
    );
    // The target's box is 3 × 2 cells; both coordinates are off by 2 · 0.3 cells
    const term = keypointTerm(0.6, 0.6, 0.5, 6).value;
    expectClose('both', both.items.pose, 12 * term, 1e-8);
    expectClose('one', one.items.pose, 12 * term, 1e-8);
    expect(one.grads.keypoints.subarray(3 * 16, 5 * 16).every((slope) => slope === 0)).toBe(true);
  });

  it('kobj is gain · mean BCE of the third channel with visibility', () => {
    const third = (logit: number) => [...hit, logit];
    const { items } = pose(
      [third(2), third(-3)],
      [
        [...truth, 2],
        [...truth, 0],
      ],
    );
    expectClose(
      'kobj',
      items.kobj,
      (Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(-3))) / 2,
      1e-14,
    );
    const wrong = pose(
      [third(2), third(-3)],
      [
        [...truth, 0],
        [...truth, 1],
      ],
    );
    expectClose('wrong', wrong.items.kobj, items.kobj + 2.5, 1e-14);
  });

  it('two numbers per keypoint: all are visible and kobj is 0', () => {
    const miss = hit.map((x) => x + 0.3);
    const flat = pose([miss], [truth]);
    const seen = pose([[...miss, 100]], [[...truth, 2]]);
    expect(flat.items).toEqual({ ...seen.items, kobj: 0 });
    expect([...flat.grads.keypoints]).toEqual([...seen.grads.keypoints.subarray(0, 32)]);
  });

  it('no visible keypoint: pose is 0 and nothing is NaN', () => {
    const { items, grads } = pose([[...hit, 1]], [[...truth, 0]]);
    expect(items.pose).toBe(0);
    expect([...Object.values(items), ...grads.keypoints].every(Number.isFinite)).toBe(true);
  });

  it('without a positive pose and kobj are 0', () => {
    const keypoints = { data: new Float64Array(3 * 16), shape: [1, 3, 16] };
    const none = { batchIdx: [], cls: [], bboxes: [], keypoints: { data: [], shape: [0, 1, 3] } };
    const { items } = poseLoss({ feats, keypoints }, none, options);
    expect([items.pose, items.kobj]).toEqual([0, 0]);
  });
});

describe('defaultSigmas', () => {
  it("17 keypoints have COCO's, any other number 1/K each", () => {
    expect(defaultSigmas(17).slice(0, 3)).toEqual([0.026, 0.025, 0.025]);
    expect(defaultSigmas(5)).toEqual([0.2, 0.2, 0.2, 0.2, 0.2]);
  });
});
