import { describe, expect, it } from 'vitest';
import { boxAround } from '../../src/reference/boxes.ts';
import { type Anchor, readHead } from '../../src/reference/levels.ts';
import { resolveOptions } from '../../src/reference/options.ts';
import { orientedLoss } from '../../src/reference/oriented.ts';
import type { RotatedBox } from '../../src/reference/probiou.ts';
import {
  rotatedBoxAround,
  rotatedBoxGrad,
  rotatedGeometry,
} from '../../src/reference/rotated-boxes.ts';
import { prepareRotatedTargets } from '../../src/reference/rotated-targets.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { differencesAt } from '../lib/differences.ts';
import { normal } from '../lib/random.ts';

/** One level of 4×4 cells of 8 pixels, 2 classes, R = 1: distances are raw. */
const options = { numClasses: 2, regMax: 1, strides: [8] };
const feats = [{ data: new Float64Array(6 * 16).fill(1, 0, 64), shape: [1, 6, 4, 4] }];
const head = readHead(feats, resolveOptions(options));
const anchor: Anchor = { level: head.levels[0], levelIndex: 0, cell: 0, x: 2.5, y: 7.5 };
const sidesOf = (distances: ArrayLike<number>) =>
  Array.from(distances, (distance) => ({ distance, probabilities: [1], logProbabilities: [0] }));

const targetsOf = (boxes: number[][]) => ({
  batchIdx: boxes.map(() => 0),
  cls: boxes.map(() => 1),
  bboxes: boxes.flat(),
});

describe('rotatedBoxAround', () => {
  it('at angle 0 is the upright box around the anchor', () => {
    const sides = sidesOf([1, 2, 4, 3]);
    const [x1, y1, x2, y2] = boxAround(anchor, sides);
    expect(rotatedBoxAround(anchor, sides, 0)).toEqual([(x1 + x2) / 2, (y1 + y2) / 2, 5, 5, 0]);
  });

  it('a quarter turn takes right to down: the centre turns about the anchor, to 1e-15', () => {
    // (r − l)/2 = 1.5 to the right becomes down, (b − t)/2 = 0.5 down becomes left
    const [x, y, w, h] = rotatedBoxAround(anchor, sidesOf([1, 2, 4, 3]), Math.PI / 2);
    expectCloseL2('box', [x, y, w, h], [2.5 - 0.5, 7.5 + 1.5, 5, 5], 1e-15);
  });

  it('gradient equals central differences to 1e-9 relative L2', () => {
    const inputs = Float64Array.of(1, 2, 4, 2.5, 0.7);
    const weights: RotatedBox = [0.3, -1.2, 0.7, 2, -0.4];
    const f = () => {
      const box = rotatedBoxAround(anchor, sidesOf(inputs.subarray(0, 4)), inputs[4]);
      return box.reduce((sum, x, i) => sum + weights[i] * x, 0);
    };
    const box = rotatedBoxAround(anchor, sidesOf(inputs.subarray(0, 4)), inputs[4]);
    const { sides, angle } = rotatedBoxGrad(anchor, box, weights);
    expectCloseL2('grad', [...sides, angle], differencesAt(inputs, [0, 1, 2, 3, 4], f, 1e-5), 1e-9);
  });
});

describe('rotatedGeometry', () => {
  const { isCandidate } = rotatedGeometry(head, 0, new Float64Array(16));
  const at = (rotated: RotatedBox, x: number, y: number) => {
    const target = { source: 0, cls: 0, box: [0, 0, 0, 0] as [number, number, number, number] };
    return isCandidate({ ...target, ignored: false, rotated }, x, y);
  };

  it('anchors on the border are candidates, those beyond are not', () => {
    const box: RotatedBox = [16, 16, 8, 4, 0];
    expect([at(box, 20, 18), at(box, 12, 14), at(box, 20.01, 16), at(box, 16, 18.01)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('turns with the box, clockwise where y points down', () => {
    const eighth: RotatedBox = [16, 16, 20, 2, Math.PI / 4];
    expect([at(eighth, 22, 22), at(eighth, 22, 10), at(eighth, 16, 18)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('prepareRotatedTargets', () => {
  const prepare = (boxes: number[][]) => prepareRotatedTargets(targetsOf(boxes), 1, 32, 64)[0];

  it('gives pixels, rotated and not, and drops what is below 2 px on a side', () => {
    const kept = prepare([
      [0.5, 0.5, 0.0624, 0.5, 1],
      [0.5, 0.5, 0.5, 0.03124, 1],
      [0.5, 0.25, 0.0625, 0.03125, 1.5],
    ]);
    expect(kept).toEqual([
      { source: 2, cls: 1, box: [15, 15, 17, 17], ignored: false, rotated: [16, 16, 2, 2, 1.5] },
    ]);
  });

  it('ignores a target whose five numbers sum to 0 or less, of pixels and radians', () => {
    const boxes = [
      [-0.125, 0, 0.0625, 0.03125, 0],
      [-0.125, 0, 0.0625, 0.03125, 0.1],
    ];
    expect(prepare(boxes).map(({ ignored }) => ignored)).toEqual([true, false]);
  });
});

describe('orientedLoss', () => {
  const angles = { data: normal({ seed: 9, mean: 0, std: 0.3 }, 16), shape: [1, 1, 16] };
  const large = [0.5, 0.5, 0.8, 0.8, 0.2];

  it('a dropped target is unassigned and shifts the indices of those kept', () => {
    const targets = targetsOf([[0.5, 0.5, 0.01, 0.5, 0], large]);
    const { assignment } = orientedLoss({ feats, angles }, targets, options);
    expect([...assignment.unassigned]).toEqual([0]);
    expect(assignment.target.length).toBeGreaterThan(0);
    expect(new Set(assignment.target)).toEqual(new Set([0]));
  });

  it('without a positive box and dfl are 0, the class loss is background alone', () => {
    const { items, normalizer, grads } = orientedLoss({ feats, angles }, targetsOf([]), options);
    expect([items.box, items.dfl, normalizer]).toEqual([0, 0, 1]);
    expectClose('cls', items.cls, 0.5 * 32 * Math.log(2), 1e-14);
    expect(grads.angles.every((slope) => slope === 0)).toBe(true);
  });

  it('a target turned by half a turn is the same target, to 1e-12', () => {
    const turned = [...large.slice(0, 4), 0.2 + Math.PI];
    const [a, b] = [large, turned].map((box) =>
      orientedLoss({ feats, angles }, targetsOf([box]), options),
    );
    expectClose('total', b.total, a.total, 1e-12);
    expectCloseL2('angles', b.grads.angles, a.grads.angles, 1e-12);
  });
});
