import { afterEach, describe, expect, it } from 'vitest';
import { scorePositives } from '../../src/reference/scores.ts';
import { sigmoid } from '../../src/reference/sigmoid.ts';
import { keepBest } from '../../src/reference/topk.ts';
import { expectClose } from '../lib/compare.ts';
import { evenRows, KernelMemory, lengths } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';

/** Relative error: those of exponential and logarithm, times their powers. Reached: 1.2e-10. */
const BOUND = 3e-10;

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

interface Claimed {
  anchor: number;
  target: number;
  logit: number;
  /** Below 0 where the anchor is no candidate of the target. */
  overlap: number;
}

interface Powers {
  alpha: number;
  beta: number;
}

/** Powers with which alignments are probabilities for every overlap above 0. */
const PROBABILITY: Powers = { alpha: 1, beta: 0 };

const logitOf = (probability: number) => Math.log(probability / (1 - probability));

/** @param targets number of targets of the image */
function score(claimed: readonly Claimed[], targets: number, powers = PROBABILITY, topk2 = 0) {
  const count = claimed.length;
  const at = {
    overlaps: memory.input(
      evenRows(
        Float64Array.from(claimed, (own) => own.overlap),
        count,
      ),
    ),
    logits: memory.input(
      evenRows(
        Float32Array.from(claimed, (own) => own.logit),
        count,
      ),
    ),
    targets: memory.block(Int32Array.from(claimed, ({ target }) => target)),
    anchors: memory.block(Int32Array.from(claimed, ({ anchor }) => anchor)),
    lists: memory.block(new Int32Array(targets + count)),
    largest: memory.block(new Float64Array(2 * targets)),
    alignments: memory.block(evenRows(new Float64Array(count), count)),
    scores: memory.block(new Float32Array(count)),
  };
  const kept = memory.call('score', { ...at, count, topk2, targetCount: targets, ...powers });
  const alignments = memory.f64(at.alignments, count);
  const [anchors, owners] = [memory.i32(at.anchors, kept), memory.i32(at.targets, kept)];
  const scores = Array.from(memory.f32(at.scores, kept), (value, i) => ({
    anchor: anchors[i],
    target: owners[i],
    score: value,
  }));
  memory.settle();
  return { alignments, scores };
}

/** Fails unless alignments are close to float64's, and scores the reference's of these alignments, rounded. */
function expectScores(claimed: readonly Claimed[], targets: number, powers = PROBABILITY): void {
  const { alignments, scores } = score(claimed, targets, powers);
  claimed.forEach(({ logit, overlap }, i) => {
    const probability = sigmoid(Math.fround(logit));
    const exact = overlap > 0 ? probability ** powers.alpha * overlap ** powers.beta : 0;
    expectClose(`alignment ${i}`, alignments[i], exact, BOUND);
  });
  const positives = claimed.map((own, i) => ({ ...own, alignment: alignments[i] }));
  const expected = scorePositives(positives, targets).map((value, i) => ({
    anchor: claimed[i].anchor,
    target: claimed[i].target,
    score: Math.fround(value),
  }));
  expect(scores).toEqual(expected.filter((own) => own.score !== 0));
}

describe('score', () => {
  it.each(lengths)(
    `%d positives: alignments to ${BOUND}; scores the reference’s, those of 0 dropped, in order`,
    (count) => {
      const uniform = uniforms(count);
      for (const targets of [1, 2, 5]) {
        const claimed = Array.from({ length: count }, (_, i) => ({
          anchor: 3 * i,
          target: Math.floor(targets * uniform()),
          logit: logitOf(uniform() ** 4),
          overlap: uniform() < 0.3 ? -Math.round(uniform()) : uniform(),
        }));
        expectScores(claimed, targets);
        for (const alpha of [0, 0.5, 1, 2.7]) {
          for (const beta of [0, 0.5, 1, 6]) expectScores(claimed, targets, { alpha, beta });
        }
      }
    },
  );

  it('an overlap of 0, and none at all, align by 0 and are dropped, whatever the powers', () => {
    const own = { anchor: 5, target: 0, logit: 2 };
    for (const alpha of [0, 0.5, 1]) {
      for (const beta of [0, 0.5, 1, 6]) {
        const claimed = [0, -1, 0.5].map((overlap) => ({ ...own, overlap }));
        const { alignments, scores } = score(claimed, 1, { alpha, beta });
        expect([...alignments.subarray(0, 2)]).toEqual([0, 0]);
        expect(scores.length).toBe(1);
      }
    }
    const none = [Number.NaN, Infinity, -Infinity].map((logit) => ({ ...own, logit, overlap: -1 }));
    expect(score(none, 1)).toEqual({ alignments: new Float64Array(3), scores: [] });
  });

  it.each([1, 2, 3, 100])(
    'topk2 %d: the best aligned of each target stay, ties by position',
    (topk2) => {
      const uniform = uniforms(topk2);
      for (const count of lengths) {
        const claimed = Array.from({ length: count }, (_, i) => ({
          anchor: 3 * i,
          target: Math.floor(5 * uniform()),
          logit: logitOf(Math.ceil(4 * uniform()) / 5),
          overlap: Math.floor(3 * uniform()) / 2,
        }));
        const { alignments } = score(claimed, 5);
        const positives = claimed
          .map((own, i) => ({ ...own, alignment: alignments[i] }))
          .filter(({ alignment }) => alignment > 0);
        const kept = keepBest(positives, topk2);
        const scores = scorePositives(kept, 5);
        const expected = kept.map(({ anchor, target }, i) => {
          return { anchor, target, score: Math.fround(scores[i]) };
        });
        expect(score(claimed, 5, PROBABILITY, topk2).scores).toEqual(expected);
      }
    },
  );

  it('the largest overlap need not be that of the largest alignment', () => {
    const own = (anchor: number, probability: number, overlap: number) => {
      return { anchor, target: 1, logit: logitOf(probability), overlap };
    };
    const claimed = [own(4, 0.2, 0.5), own(6, 0.1, 0.8)];
    const { alignments, scores } = score(claimed, 2);
    const [best, second] = [...alignments].map((alignment) =>
      Math.fround((alignment * 0.8) / (alignments[0] + 1e-9)),
    );
    expectClose('best', best, 0.8, 1e-7);
    expectClose('second', second, 0.4, 1e-7);
    expect(scores).toEqual([
      { anchor: 4, target: 1, score: best },
      { anchor: 6, target: 1, score: second },
    ]);
  });

  it('alignments next to 0 score by way of the 1e-9, and are dropped where float32 has only 0', () => {
    const own = (alignment: number) => {
      return { anchor: 1, target: 0, logit: logitOf(alignment), overlap: 0.5 };
    };
    for (const alignment of [1e-9, 1e-20, 1e-53, 1e-60]) expectScores([own(alignment)], 1);
    expectClose('half of 0.5', score([own(1e-9)], 1).scores[0].score, 0.25, 1e-6);
    expect(score([own(1e-60)], 1).scores).toEqual([]);
  });

  it('NaN aligns infinitely, is kept and scores NaN', () => {
    const good = { anchor: 1, target: 0, logit: 0, overlap: 0.5 };
    const other = { ...good, anchor: 3, target: 1 };
    const wild = { ...good, anchor: 2, logit: Number.NaN };
    const { alignments, scores } = score([good, wild, other], 2);
    expect([...alignments]).toEqual([0.5, Infinity, 0.5]);
    // Beside it nothing of its target has a score
    const kept = [
      { anchor: 2, target: 0, score: Number.NaN },
      { anchor: 3, target: 1, score: 0.5 },
    ];
    expect(scores).toEqual(kept);
  });

  it('an overlap of NaN aligns infinitely, and shows in all scores of its target', () => {
    const good = { anchor: 1, target: 0, logit: 0, overlap: 0.5 };
    const other = { ...good, anchor: 3, target: 1 };
    const wild = { ...good, anchor: 2, overlap: Number.NaN };
    const { alignments, scores } = score([good, wild, other], 2);
    expect([...alignments]).toEqual([0.5, Infinity, 0.5]);
    expect(scores.map((own) => own.score)).toEqual([Number.NaN, Number.NaN, 0.5]);
  });
});
