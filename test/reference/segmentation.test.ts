import { describe, expect, it } from 'vitest';
import type { Box } from '../../src/reference/iou.ts';
import { cropTo, maskTarget } from '../../src/reference/mask-targets.ts';
import { segmentationLoss } from '../../src/reference/segmentation.ts';
import { softplus } from '../../src/reference/sigmoid.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { normal } from '../lib/random.ts';

describe('cropTo', () => {
  const crop = (box: Box) =>
    cropTo(
      { source: 0, cls: 0, box, ignored: false },
      { height: 64, width: 128 },
      { height: 16, width: 32 },
    );

  it('takes the indices from x1 to below x2: an edge on an index is in at the start, out at the end', () => {
    expect(crop([8, 4, 24, 12])).toEqual({ rows: [1, 3], columns: [2, 6] });
    expect(crop([7.9, 4.1, 24.1, 11.9])).toEqual({ rows: [2, 3], columns: [2, 7] });
  });

  it('ends at the prototypes, and is empty for a box between two indices', () => {
    expect(crop([-20, -20, 200, 200])).toEqual({ rows: [0, 16], columns: [0, 32] });
    expect(crop([5, 5, 6, 6])).toEqual({ rows: [2, 2], columns: [2, 2] });
  });
});

describe('maskTarget', () => {
  it('resamples by nearest: source = floor(i · in / out)', () => {
    const masks = { data: [1, 0, 0, 0, 0, 1, 0, 1, 1], shape: [1, 3, 3] };
    const at = maskTarget({ masks, overlap: false }, { height: 4, width: 2 }, 0, 0, 0);
    const rows = [0, 1, 2, 3].map((row) => [at(row, 0), at(row, 1)]);
    // Rows 0, 0, 1, 2 and columns 0, 1 of the mask
    expect(rows).toEqual([
      [1, 0],
      [1, 0],
      [0, 0],
      [0, 1],
    ]);
  });

  it('overlap: pixels of index + 1 in the image; else what is not 0 in the plane of the target', () => {
    const masks = { data: [0, 1, 2, 1, 2, 2], shape: [2, 1, 3] };
    const row = (overlap: boolean, image: number, target: number, source: number) => {
      const at = maskTarget({ masks, overlap }, { height: 1, width: 3 }, image, target, source);
      return [at(0, 0), at(0, 1), at(0, 2)];
    };
    expect(row(true, 1, 1, 7)).toEqual([0, 1, 1]);
    expect(row(true, 0, 0, 7)).toEqual([0, 1, 0]);
    expect(row(false, 7, 7, 0)).toEqual([0, 1, 1]);
  });
});

/** One image of 32×32 px, one level of 4×4 cells, R = 1, 1 class; every box is its cell ± 1. */
const options = { reference: '8.3' as const, numClasses: 1, regMax: 1, strides: [8] };
const feats = [{ data: new Float64Array(5 * 16).fill(1, 0, 64), shape: [1, 5, 4, 4] }];
const boxes = { batchIdx: [0, 0], cls: [0, 0], bboxes: [0.25, 0.5, 0.5, 1, 0.75, 0.5, 0.5, 1] };
const coefficients = { data: normal({ seed: 1, mean: 0, std: 1 }, 2 * 16), shape: [1, 2, 16] };
const prototypes = { data: normal({ seed: 2, mean: 0, std: 1 }, 2 * 64), shape: [1, 2, 8, 8] };
const left = Array.from({ length: 64 }, (_, i) => Number(i % 8 < 3));
const right = Array.from({ length: 64 }, (_, i) => Number(i % 8 > 4));

function loss(predictions = { feats, coefficients, prototypes }) {
  const masks = { data: [...left, ...right], shape: [2, 8, 8] };
  return segmentationLoss(predictions, { ...boxes, masks }, { ...options, overlap: false });
}

describe('segmentationLoss', () => {
  it('separate masks that do not overlap give what one mask of indices gives, exactly', () => {
    const data = left.map((inLeft, i) => inLeft + 2 * right[i]);
    const masks = { data, shape: [1, 8, 8] };
    const { feats: _, ...predictions } = { feats, coefficients, prototypes };
    const overlap = segmentationLoss({ feats, ...predictions }, { ...boxes, masks }, options);
    expect(loss().assignment.anchor.length).toBeGreaterThan(4);
    expect(overlap).toEqual(loss());
  });

  it('where all logits are 0 every positive costs log 2 by the share of its crop: gain · log 2', () => {
    const flat = { data: new Float32Array(2 * 64), shape: [1, 2, 8, 8] };
    const { items, grads } = loss({ feats, coefficients, prototypes: flat });
    // The boxes are half of the image, and so are their crops
    expectClose('seg', items.seg, 7.5 * Math.log(2), 1e-14);
    expect(grads.coefficients.every((slope) => slope === 0)).toBe(true);
    expect(grads.prototypes.some((slope) => slope !== 0)).toBe(true);
  });

  it('pixels outside the box of every positive have no gradient', () => {
    const one = { batchIdx: [0], cls: [0], bboxes: [0.25, 0.5, 0.5, 1] };
    const masks = { data: left, shape: [1, 8, 8] };
    const { grads } = segmentationLoss(
      { feats, coefficients, prototypes },
      { ...one, masks },
      options,
    );
    grads.prototypes.forEach((slope, i) => {
      expect(slope !== 0, `pixel ${i}`).toBe(i % 8 < 4);
    });
  });

  it('is the mean BCE in the box where a positive has the box for itself, to 1e-13', () => {
    const only = { batchIdx: [0], cls: [0], bboxes: [0.5, 0.5, 1, 1] };
    const masks = { data: left, shape: [1, 8, 8] };
    const { items, assignment, grads } = segmentationLoss(
      { feats, coefficients, prototypes },
      { ...only, masks },
      { ...options, assigner: { topk: 1 } },
    );
    const anchor = assignment.anchor[0];
    const [c0, c1] = [coefficients.data[anchor], coefficients.data[16 + anchor]];
    let sum = 0;
    const slopes = left.map((t, i) => {
      const x = c0 * prototypes.data[i] + c1 * prototypes.data[64 + i];
      sum += softplus(x) - t * x;
      return (7.5 * c0 * (1 / (1 + Math.exp(-x)) - t)) / 64;
    });
    expectClose('seg', items.seg, (7.5 * sum) / 64, 1e-13);
    expectCloseL2('grad', grads.prototypes.subarray(0, 64), slopes, 1e-13);
  });

  it('without a positive seg is 0 and its gradients too', () => {
    const none = { batchIdx: [], cls: [], bboxes: [], masks: { data: [], shape: [0, 8, 8] } };
    const { items, grads } = segmentationLoss({ feats, coefficients, prototypes }, none, {
      ...options,
      overlap: false,
    });
    expect([items.seg, items.box]).toEqual([0, 0]);
    expect([...grads.coefficients, ...grads.prototypes].every((slope) => slope === 0)).toBe(true);
  });

  it('±100 logits and more are finite', () => {
    const extreme = { data: coefficients.data.map((c) => 300 * c), shape: coefficients.shape };
    const { total, grads } = loss({ feats, coefficients: extreme, prototypes });
    const numbers = [total, ...grads.coefficients, ...grads.prototypes];
    expect(numbers.every(Number.isFinite)).toBe(true);
  });
});
