import { describe, expect, it } from 'vitest';
import type { Feats } from '../../../src/reference/dense/dense.ts';
import { type RtmdetOptions, rtmdetLoss } from '../../../src/reference/dense/rtmdet.ts';
import { type YoloxOptions, yoloxLoss } from '../../../src/reference/dense/yolox.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { loadFixture, targetsOf } from '../../lib/golden.ts';

/** Both sides are float64; they sum terms in different orders. */
const BOUND = 1e-11;

type Assigner = Required<
  NonNullable<YoloxOptions['assigner']> & NonNullable<RtmdetOptions['assigner']>
>;

const cases = [
  'yolox-basic',
  'yolox-crowd-l1',
  'yolox-outside',
  'rtmdet-basic',
  'rtmdet-crowd',
  'rtmdet-small',
];

describe.each(cases)('dense losses: %s', async (name) => {
  const { case: file, tensors } = await loadFixture(name);
  const config = file.config as unknown as YoloxOptions & RtmdetOptions & Assigner;
  const { numClasses, strides = [], gains = {}, topk, iouCost } = config;
  const shared = { numClasses, strides, gains };
  const feats = strides.map((_, l) => tensors[`feats.${l}`]) as unknown as Feats;
  const { centerRadius, softCenterRadius, offset } = config;
  const loss = name.startsWith('yolox')
    ? yoloxLoss(feats, targetsOf(tensors), {
        ...shared,
        assigner: { topk, iouCost, centerRadius },
      })
    : rtmdetLoss(feats, targetsOf(tensors), {
        ...shared,
        assigner: { topk, iouCost, softCenterRadius, offset },
      });
  const expected = file.expected as unknown as Record<string, number>;

  it(`items and total within ${BOUND} relative`, () => {
    for (const [item, value] of Object.entries({ total: loss.total, ...loss.items })) {
      expectClose(item, value, expected[item] ?? 0, BOUND);
    }
  });

  it(`gradients within ${BOUND} relative L2`, () => {
    loss.grads.forEach((grad, l) => {
      expectCloseL2(`grads.${l}`, grad, tensors[`grads.${l}`].data as Float64Array, BOUND);
    });
  });

  it(`assignment equal, scores within ${BOUND} relative L2`, () => {
    for (const part of ['image', 'anchor', 'target'] as const) {
      const actual = Int32Array.from(loss.positives, (positive) => positive[part]);
      expect(actual).toEqual(tensors[`assigned.${part}`].data);
    }
    const scores = loss.positives.map(({ score }) => score);
    expectCloseL2('scores', scores, tensors['assigned.score'].data as Float64Array, BOUND);
  });
});
