import { describe, expect, it } from 'vitest';
import { detectionLoss } from '../../src/reference/detection.ts';
import { expectClose } from '../lib/compare.ts';
import { smallCase } from './small-case.ts';

const { feats, targets, options } = smallCase({ regMax: 1, reference: '8.4' });
const count = targets.batchIdx.length;
const plain = detectionLoss(feats, targets, options);

describe('weights of targets', () => {
  it('all ones give the same bits as none', () => {
    const weights = new Array(count).fill(1);
    expect(detectionLoss(feats, { ...targets, weights }, options)).toEqual(plain);
  });

  it('0: the anchors of the target have no gradient, and its scores do not count', () => {
    const weights = targets.batchIdx.map((_, n) => Number(n !== 0));
    const { assignment, grads } = detectionLoss(feats, { ...targets, weights }, options);
    expect(assignment.anchor).toEqual(plain.assignment.anchor);
    // Target 0 is the second image's first
    const own = [...assignment.anchor.keys()].filter(
      (i) => assignment.image[i] === 1 && assignment.target[i] === 0,
    );
    expect(own.length).toBeGreaterThan(0);
    for (const i of own) {
      expect(gradientsAt(grads, 1, assignment.anchor[i])).toEqual(new Array(7).fill(0));
    }
    const dropped = own.reduce((sum, i) => sum + assignment.score[i], 0);
    const { scoresSum } = plain.assignment;
    expectClose('scoresSum', assignment.scoresSum, scoresSum - dropped, 1e-12);
  });
});

describe('ignore regions', () => {
  const ignore = targets.batchIdx.map((_, n) => Number(n === 0));
  const loss = detectionLoss(feats, { ...targets, ignore }, options);

  it('are assigned to nothing, and the other targets as if they were not there', () => {
    const keep = targets.batchIdx.map((_, n) => n).filter((n) => n !== 0);
    const without = detectionLoss(
      feats,
      {
        batchIdx: keep.map((n) => targets.batchIdx[n]),
        cls: keep.map((n) => targets.cls[n]),
        bboxes: keep.flatMap((n) => targets.bboxes.slice(4 * n, 4 * n + 4)),
      },
      options,
    );
    expect(loss.assignment.anchor).toEqual(without.assignment.anchor);
    expect(loss.assignment.score).toEqual(without.assignment.score);
    expect([loss.items.box, loss.normalizer]).toEqual([without.items.box, without.normalizer]);
    expect(loss.items.cls).toBeLessThan(without.items.cls);
  });

  it('anchors strictly inside that are no positives have no gradient, and are counted', () => {
    const [x, y, w, h] = targets.bboxes.slice(0, 4).map((v) => 32 * v);
    const positive = new Set(
      [...loss.assignment.anchor].filter((_, i) => loss.assignment.image[i] === 1),
    );
    let ignored = 0;
    for (let anchor = 0; anchor < 20; anchor++) {
      const [size, stride, cell] = anchor < 16 ? [4, 8, anchor] : [2, 16, anchor - 16];
      const dx = stride * ((cell % size) + 0.5) - x;
      const dy = stride * (Math.floor(cell / size) + 0.5) - y;
      const inside = Math.abs(dx) < w / 2 && Math.abs(dy) < h / 2 && !positive.has(anchor);
      const slopes = gradientsAt(loss.grads, 1, anchor).slice(4);
      expect(slopes.every((slope) => slope === 0)).toBe(inside);
      ignored += Number(inside);
    }
    expect(ignored).toBeGreaterThan(0);
    expect([...loss.assignment.ignored]).toEqual([0, ignored]);
  });
});

/** Gradients of the 7 channels of an anchor. */
function gradientsAt(grads: readonly Float64Array[], image: number, anchor: number): number[] {
  const [level, cells, cell] = anchor < 16 ? [0, 16, anchor] : [1, 4, anchor - 16];
  return Array.from({ length: 7 }, (_, c) =>
    Math.abs(grads[level][(image * 7 + c) * cells + cell]),
  );
}
