import { beforeAll, describe, expect, it } from 'vitest';
import {
  createDetectionLoss,
  type DetectionLossConfig,
  type DetectionTargets,
  type Tensor,
} from '../../src/index.ts';
import { detectionLoss } from '../../src/reference/detection.ts';
import { anchorAt, readHead } from '../../src/reference/levels.ts';
import { resolveOptions } from '../../src/reference/options.ts';
import { grownBox } from '../../src/reference/small-targets.ts';
import { prepareTargets } from '../../src/reference/targets.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { ordinaryProblem } from '../lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();
const count = targets.batchIdx.length;
const [, channels] = feats[0].shape;
const firstClass = channels - config.numClasses;
/** A region over the first image's upper half, in the place of one of its targets. */
const region = targets.batchIdx.indexOf(0);
const withRegion = {
  ...targets,
  bboxes: targets.bboxes.map((x, i) => (i >> 2 === region ? [0.5, 0.25, 1, 0.5][i & 3] : x)),
  ignore: targets.batchIdx.map((_, n) => Number(n === region)),
};

describe.each(backends)('weights and ignore regions, $name', ({ config: own, bound }) => {
  beforeAll(() => startThreads(own));
  const lossOf = async (
    predictions: Tensor[],
    truth: DetectionTargets,
    more: Partial<DetectionLossConfig> = {},
  ) => {
    using criterion = await createDetectionLoss({ ...config, ...own, ...more });
    const result = await criterion.valueAndGrad(predictions, truth);
    expect(await criterion.value(predictions, truth)).toEqual({ ...result, grads: undefined });
    return result;
  };

  it('weights of 1 and flags of 0 give the bits of none', async () => {
    const weights = new Array(count).fill(1);
    const ones = { weights, ignore: weights.map(() => 0) };
    const classWeights = new Array(config.numClasses).fill(1);
    const result = await lossOf(feats, { ...targets, ...ones }, { classWeights });
    expect(result).toEqual(await lossOf(feats, targets));
  });

  it('a weight of 0: the target’s anchors have no gradient, also where their logits are not finite', async () => {
    const weights = targets.batchIdx.map((_, n) => Number(n !== region));
    const { assignment, ...loss } = await lossOf(feats, { ...targets, weights });
    const place = targets.batchIdx.slice(0, region).filter((b) => b === 0).length;
    const anchors = [...assignment.anchor].filter(
      (_, i) => assignment.image[i] === 0 && assignment.target[i] === place,
    );
    expect(anchors.length).toBeGreaterThan(0);
    const gradients = anchors.flatMap((anchor) => columnOf(loss.grads, anchor));
    expect(gradients.every((grad) => Math.abs(grad) === 0)).toBe(true);
    // No target of the image has this class, in whose alignment it would show
    const own = targets.cls.filter((_, n) => targets.batchIdx[n] === 0);
    const other = [0, 1, 2, 3, 4].findIndex((cls) => !own.includes(cls));
    expect(other).toBeGreaterThanOrEqual(0);
    const spoilt = spoil(feats, anchors, [firstClass + other]);
    expect(await lossOf(spoilt, { ...targets, weights })).toEqual({ ...loss, assignment });
  });

  it('ignored anchors are counted, and have no class loss, whatever their logits', async () => {
    const { assignment, ...loss } = await lossOf(feats, withRegion);
    const expected = detectionLoss(feats, withRegion, { ...config, reference: '8.4' });
    expect([...assignment.ignored]).toEqual([...expected.assignment.ignored]);
    expect(assignment.ignored[0]).toBeGreaterThan(20);
    expectClose('total', loss.total, expected.total, bound);
    const silent = Array.from({ length: 126 }, (_, anchor) => anchor).filter((anchor) =>
      columnOf(expected.grads, anchor)
        .slice(firstClass)
        .every((grad) => grad === 0),
    );
    expect(silent.length).toBe(assignment.ignored[0]);
    // The logits of a candidate show in its alignment
    const classes = Array.from({ length: config.numClasses }, (_, c) => firstClass + c);
    const apart = silent.filter((anchor) => !isCandidate(anchor));
    expect(apart.length).toBeGreaterThan(0);
    expect(await lossOf(spoil(feats, apart, classes), withRegion)).toEqual({ ...loss, assignment });
  });

  it(`class weights, focal loss and all others together: within ${bound} of the reference`, async () => {
    const weights = targets.batchIdx.map((_, n) => [0, 0.5, 1, 2][n % 4]);
    const truth = { ...withRegion, weights };
    for (const classification of ['bce', 'focal', 'varifocal'] as const) {
      const classWeights = Array.from({ length: config.numClasses }, (_, c) => (c % 3) * 0.75);
      const options = { classification, classWeights };
      const { total, items, grads } = await lossOf(feats, truth, options);
      const expected = detectionLoss(feats, truth, { ...config, ...options });
      expectClose('total', total, expected.total, bound);
      expectClose('cls', items.cls, expected.items.cls, bound);
      grads.forEach(({ data }, l) => {
        expectCloseL2(`grads[${l}]`, data, expected.grads[l], bound);
      });
    }
  });
});

/** Values of an anchor of the first image, of levels in NCHW. */
function columnOf(levels: readonly (Tensor | Float64Array)[], anchor: number): number[] {
  let first = 0;
  for (const [l, level] of levels.entries()) {
    const [, , height, width] = feats[l].shape;
    const cells = height * width;
    const data = 'data' in level ? level.data : level;
    if (anchor < first + cells) {
      return Array.from({ length: channels }, (_, c) => data[c * cells + anchor - first]);
    }
    first += cells;
  }
  throw new RangeError(`no anchor ${anchor}`);
}

/** Copy of the predictions with values that are not finite in channels of the first image's anchors. */
function spoil(levels: readonly Tensor[], anchors: readonly number[], among: readonly number[]) {
  const bad = [Number.NaN, Infinity, -Infinity];
  let first = 0;
  return levels.map(({ data, shape }) => {
    const cells = shape[2] * shape[3];
    const copy = data.slice();
    for (const anchor of anchors) {
      if (anchor < first || anchor >= first + cells) continue;
      among.forEach((c, i) => {
        copy[c * cells + anchor - first] = bad[(anchor + i) % 3];
      });
    }
    first += cells;
    return { data: copy, shape };
  });
}

/** Whether an anchor of the first image is a candidate of a target. */
function isCandidate(anchor: number): boolean {
  const head = readHead(feats, resolveOptions(config));
  const { level, x, y } = anchorAt(head, anchor);
  const [ofImage] = prepareTargets(withRegion, 3, head.imageWidth, head.imageHeight);
  return ofImage.some(({ box, ignored }) => {
    const [x1, y1, x2, y2] = grownBox(box, { below: 16, growTo: 16 });
    const [px, py] = [x * level.stride, y * level.stride];
    return !ignored && px > x1 && px < x2 && py > y1 && py < y2;
  });
}
