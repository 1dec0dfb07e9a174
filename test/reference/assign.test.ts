import { describe, expect, it } from 'vitest';
import { assign } from '../../src/reference/assign.ts';
import { resolveConflicts } from '../../src/reference/conflicts.ts';
import { scorePositives } from '../../src/reference/scores.ts';
import { type ImageTarget, prepareTargets } from '../../src/reference/targets.ts';
import { chooseAnchors } from '../../src/reference/topk.ts';
import { expectClose } from '../lib/compare.ts';

const anyTarget: ImageTarget = { source: 0, cls: 0, box: [0, 0, 8, 8], ignored: false };

/** One level of 4×4 cells of 8 pixels, 2 classes, R = 1: every box is its cell ± `reach` cells. */
function evenGrid({ reach = 1, logit = 0 }) {
  const data = new Float64Array(6 * 16).fill(reach, 0, 4 * 16).fill(logit, 4 * 16);
  return [{ data, shape: [1, 6, 4, 4] }];
}

const options = { numClasses: 2, regMax: 1, strides: [8] };
const wholeImage = [0.5, 0.5, 1, 1];

describe('prepareTargets', () => {
  it('groups by image in the order given, in xyxy pixels', () => {
    const bboxes = [0.5, 0.5, 0.5, 1, 0.25, 0.5, 0.5, 0.5];
    const images = prepareTargets({ batchIdx: [1, 0], cls: [3, 4], bboxes }, 3, 64, 32);
    const first = { source: 1, cls: 4, box: [0, 8, 32, 24], ignored: false };
    const second = { source: 0, cls: 3, box: [16, 0, 48, 32], ignored: false };
    expect(images).toEqual([[first], [second], []]);
  });

  it('ignores a target whose corners sum to 0 or less', () => {
    const bboxes = [0, 0, 0, 0, -0.2, 0.2, 1, 1, -0.1, 0.2, 1, 1];
    const targets = { batchIdx: [0, 0, 0], cls: [0, 0, 0], bboxes };
    const [image] = prepareTargets(targets, 1, 32, 32);
    expect(image.map((target) => target.ignored)).toEqual([true, true, false]);
  });
});

describe('chooseAnchors', () => {
  const choose = (alignments: number[], topk: number) => {
    const fitOf = (anchor: number) => ({ alignment: alignments[anchor], overlap: 1 });
    return chooseAnchors(fitOf, anyTarget, alignments.length, topk);
  };

  it('takes the highest alignments, of equal ones the lower anchors', () => {
    expect(choose([0.1, 0.3, 0.2, 0.3, 0.3], 3)).toEqual([1, 3, 4]);
    expect(choose([0.3, 0.1, 0.3, 0.3], 2)).toEqual([0, 2]);
  });

  it('never takes an alignment of 0', () => {
    expect(choose([0, 1e-300, 0], 10)).toEqual([1]);
  });
});

describe('resolveConflicts', () => {
  const resolve = (overlaps: number[], choosers: number[], alignments = overlaps) => {
    const targets = overlaps.map((_, source) => ({ ...anyTarget, source }));
    const chosen = overlaps.map((_, target) => (choosers.includes(target) ? [7] : []));
    const fitOf = (_: number, { source }: ImageTarget) => ({
      alignment: alignments[source],
      overlap: overlaps[source],
    });
    return resolveConflicts(fitOf, targets, chosen).map((positive) => positive.target);
  };

  it('an anchor chosen once stays, whatever overlaps more', () => {
    expect(resolve([0.9, 0.2, 0.3], [1])).toEqual([1]);
  });

  it('an anchor chosen twice goes to the highest overlap, also where that had not chosen it', () => {
    expect(resolve([0.1, 0.2, 0.3], [0, 1])).toEqual([2]);
  });

  it('of equal overlaps the lower target wins', () => {
    expect(resolve([0.1, 0.3, 0.3], [1, 2])).toEqual([1]);
  });

  it('an anchor whose winner has alignment 0 is no positive', () => {
    expect(resolve([0, 0, 0], [1, 2], [0, 1, 1])).toEqual([]);
  });
});

describe('scorePositives', () => {
  it('alignment · largest overlap / (largest alignment + 1e-9) of the target, to 1e-15', () => {
    const positives = [
      { anchor: 1, target: 0, alignment: 0.2, overlap: 0.5 },
      { anchor: 2, target: 0, alignment: 0.1, overlap: 0.8 },
      { anchor: 3, target: 1, alignment: 1e-9, overlap: 0.6 },
    ];
    const [best, second, faint] = scorePositives(positives, 2);
    expectClose('best', best, (0.2 * 0.8) / (0.2 + 1e-9), 1e-15);
    expectClose('second', second, (0.1 * 0.8) / (0.2 + 1e-9), 1e-15);
    expectClose('faint', faint, 0.3, 1e-15);
  });
});

describe('assign', () => {
  const one = (bboxes: number[]) => ({ batchIdx: [0], cls: [1], bboxes });

  it('anchors on the edge of a box are no candidates', () => {
    // from the centre of cell (0, 0) to that of (3, 3): cells 1 and 2 each way are inside
    const { anchor } = assign(evenGrid({}), one([0.5, 0.5, 0.75, 0.75]), options);
    expect([...anchor]).toEqual([5, 6, 9, 10]);
  });

  it('a target without a positive is unassigned', () => {
    const targets = { batchIdx: [0, 0], cls: [0, 0], bboxes: [0.5, 0.5, 0, 0.5, ...wholeImage] };
    expect([...assign(evenGrid({}), targets, options).unassigned]).toEqual([0]);
  });

  it('a target whose corners sum to 0 or less gets no anchor, even where it covers some', () => {
    const grid = evenGrid({ reach: 2 });
    expect(assign(grid, one([0, 0.1, 1, 1]), options).anchor.length).toBeGreaterThan(0);
    expect([...assign(grid, one([-0.1, 0.1, 1, 1]), options).unassigned]).toEqual([0]);
  });

  it('with alpha = beta = 0 all candidates align alike: the first topk are chosen', () => {
    const assigner = { alpha: 0, beta: 0, topk: 3 };
    const grid = evenGrid({ logit: -1e4 });
    const { anchor } = assign(grid, one(wholeImage), { ...options, assigner });
    expect([...anchor]).toEqual([0, 1, 2]);
  });

  it('topk above the number of candidates takes them all', () => {
    const { anchor } = assign(evenGrid({}), one(wholeImage), {
      ...options,
      assigner: { topk: 99 },
    });
    expect(anchor.length).toBe(16);
  });

  it('predictions inside out overlap nothing', () => {
    const { anchor, unassigned } = assign(evenGrid({ reach: -1 }), one(wholeImage), options);
    expect([anchor.length, ...unassigned]).toEqual([0, 0]);
  });
});
