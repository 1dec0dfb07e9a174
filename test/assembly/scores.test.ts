import { afterEach, describe, expect, it } from 'vitest';
import { decodeSide } from '../../src/reference/dfl.ts';
import { type Box, boxSimilarity } from '../../src/reference/iou.ts';
import { scorePositives } from '../../src/reference/scores.ts';
import { sigmoid } from '../../src/reference/sigmoid.ts';
import { expectClose } from '../lib/compare.ts';
import { evenRows, KernelMemory, lengths } from '../lib/kernels.ts';
import { normal, uniforms } from '../lib/random.ts';

/** No table of angles. */
const UPRIGHT = 0;

const memory = await KernelMemory.create();
const { kernels } = memory;
afterEach(() => memory.settle());

/** Absolute: the exponential's error. Reached: 1.3e-11. */
const OVERLAP_BOUND = 3e-11;
/** Relative: the sixth power of an overlap. Reached: 2.2e-10. */
const ALIGNMENT_BOUND = 5e-10;
const power = { alpha: 0.5, beta: 6 };

interface Positives {
  count: number;
  bins: number;
  /** [4·R, P] */
  logits: Float32Array;
  /** [4, P], distances of the target's sides, grid units. */
  targets: Float64Array;
  /** [P] */
  strides: Float64Array;
  /** [P] */
  classLogits: Float32Array;
}

function alignPositives({ count, bins, ...columns }: Positives) {
  const overlaps = memory.block(evenRows(new Float64Array(count), count));
  const alignments = memory.block(evenRows(new Float64Array(count), count));
  kernels.alignPositives(
    memory.input(evenRows(columns.logits, count)),
    4 * (count + (count % 2)),
    bins,
    count,
    memory.input(evenRows(columns.targets, count)),
    memory.input(evenRows(columns.strides, count)),
    memory.input(evenRows(columns.classLogits, count)),
    power.alpha,
    power.beta,
    overlaps,
    alignments,
    memory.block(new Uint8Array(14 * 16)),
    UPRIGHT,
  );
  const fits = { overlaps: memory.f64(overlaps, count), alignments: memory.f64(alignments, count) };
  memory.settle();
  return fits;
}

function fitOf({ count, bins, logits, targets, strides, classLogits }: Positives, i: number) {
  const around = ([l, t, r, b]: ArrayLike<number> & Iterable<number>) =>
    [-l, -t, r, b].map((distance) => distance * strides[i]) as Box;
  const own = [...logits.filter((_, at) => at % count === i)];
  const sides = [0, 1, 2, 3].map((s) => decodeSide(own.slice(s * bins, (s + 1) * bins)).distance);
  const target = targets.filter((_, at) => at % count === i);
  const overlap = Math.max(boxSimilarity('ciou', around(sides), around(target)).value, 0);
  return { overlap, alignment: sigmoid(classLogits[i]) ** power.alpha * overlap ** power.beta };
}

function randomPositives(bins: number, count: number): Positives {
  const box = bins === 1 ? { mean: 3, std: 1 } : { mean: 0, std: 2 };
  const uniform = uniforms(100 * bins + count);
  return {
    count,
    bins,
    logits: normal({ seed: bins, ...box }, 4 * bins * count),
    targets: Float64Array.from({ length: 4 * count }, () => 0.01 + bins * uniform()),
    strides: Float64Array.from({ length: count }, (_, i) => [8, 16, 32, 64][i % 4]),
    classLogits: normal({ seed: count, mean: -2, std: 3 }, count),
  };
}

describe('alignPositives', () => {
  it.each([1, 2, 3, 8, 16, 32])(
    `%d bins: overlap to ${OVERLAP_BOUND}, alignment to ${ALIGNMENT_BOUND} relative`,
    (bins) => {
      for (const count of lengths) {
        const positives = randomPositives(bins, count);
        const { overlaps, alignments } = alignPositives(positives);
        for (let i = 0; i < count; i++) {
          const fit = fitOf(positives, i);
          const label = `${i} of ${count}`;
          expectClose(`overlap ${label}`, overlaps[i], fit.overlap, OVERLAP_BOUND, 1);
          const { alignment } = fit;
          expectClose(`alignment ${label}`, alignments[i], alignment, ALIGNMENT_BOUND, 1e-6);
        }
      }
    },
  );

  it('both are 0 where the anchor is not farther than 1e-9 pixels inside its target', () => {
    const distances = [-1, 0, 0.9e-9 / 8, 1.1e-9 / 8];
    const even = { ...randomPositives(16, 4), strides: new Float64Array(4).fill(8) };
    for (let side = 0; side < 4; side++) {
      const targets = even.targets.map((_, i) => (i >> 2 === side ? distances[i % 4] : 2));
      const { overlaps, alignments } = alignPositives({
        ...even,
        targets,
        logits: new Float32Array(4 * 64),
      });
      const isInside = [false, false, false, true];
      expect(Array.from(overlaps, (overlap) => overlap > 0)).toEqual(isInside);
      expect(Array.from(alignments, (alignment) => alignment > 0)).toEqual(isInside);
    }
  });

  it('a negative CIoU is an overlap of 0 and an alignment of 0', () => {
    const { overlaps, alignments } = alignPositives({
      ...randomPositives(1, 3),
      logits: Float32Array.of(-4, -4, -4, -4, -4, -4, 5, 5, 5, 5, 5, 5),
      targets: new Float64Array(12).fill(1),
    });
    expect([...overlaps, ...alignments]).toEqual(new Array(6).fill(0));
  });

  it('NaN in a logit aligns infinitely', () => {
    const positives = randomPositives(4, 3);
    const { alignments } = alignPositives(positives);
    const expected = [alignments[0], Infinity, alignments[2]];
    const spoil = (values: Float32Array) => values.map((x, i) => (i % 3 === 1 ? Number.NaN : x));
    const logits = spoil(positives.logits);
    expect([...alignPositives({ ...positives, logits }).alignments]).toEqual(expected);
    const classLogits = spoil(positives.classLogits);
    expect([...alignPositives({ ...positives, classLogits }).alignments]).toEqual(expected);
  });
});

interface Entry {
  anchor: number;
  target: number;
  alignment: number;
  overlap: number;
}

function score(entries: Entry[], targets: number) {
  const count = entries.length;
  const at = {
    positives: memory.block(Int32Array.from(entries, ({ anchor }) => anchor)),
    owners: memory.block(Int32Array.from(entries, ({ target }) => target)),
    overlaps: memory.input(Float64Array.from(entries, ({ overlap }) => overlap)),
    alignments: memory.input(Float64Array.from(entries, ({ alignment }) => alignment)),
    largest: memory.block(new Float64Array(2 * targets)),
    scores: memory.block(new Float32Array(count)),
  };
  const kept = kernels.score(
    at.positives,
    at.owners,
    at.overlaps,
    at.alignments,
    count,
    at.largest,
    at.scores,
  );
  const scores = memory.f32(at.scores, kept);
  const [anchors, owners] = [memory.i32(at.positives, kept), memory.i32(at.owners, kept)];
  memory.settle();
  return Array.from(scores, (value, i) => ({
    anchor: anchors[i],
    target: owners[i],
    score: value,
  }));
}

function expectScores(entries: Entry[], targets: number): void {
  const scores = scorePositives(entries, targets).map(Math.fround);
  const expected = entries.map(({ anchor, target }, i) => ({ anchor, target, score: scores[i] }));
  expect(score(entries, targets)).toEqual(expected.filter((entry) => entry.score !== 0));
}

describe('score', () => {
  it.each(lengths)(
    '%d positives: the reference’s, rounded; those of 0 dropped, in order',
    (count) => {
      const uniform = uniforms(count);
      for (const targets of [1, 2, 5]) {
        const entries = Array.from({ length: count }, (_, i) => ({
          anchor: 3 * i,
          target: Math.floor(targets * uniform()),
          alignment: uniform() < 0.3 ? 0 : uniform() ** 4,
          overlap: uniform(),
        }));
        expectScores(entries, targets);
      }
    },
  );

  it('the largest overlap need not be that of the largest alignment', () => {
    const [best, second] = [0.2, 0.1].map((alignment) =>
      Math.fround((alignment * 0.8) / (0.2 + 1e-9)),
    );
    const entry = (anchor: number, alignment: number, overlap: number) => ({
      anchor,
      target: 1,
      alignment,
      overlap,
    });
    expect(score([entry(4, 0.2, 0.5), entry(6, 0.1, 0.8)], 2)).toEqual([
      { anchor: 4, target: 1, score: best },
      { anchor: 6, target: 1, score: second },
    ]);
  });

  it('alignments next to 0 score by way of the 1e-9, and are dropped where float32 has only 0', () => {
    const entry = (alignment: number) => ({ anchor: 1, target: 0, alignment, overlap: 0.5 });
    for (const alignment of [1e-9, 1e-20, 1e-53, 1e-60]) expectScores([entry(alignment)], 1);
    expect(score([entry(1e-60)], 1)).toEqual([]);
  });

  it('an infinite alignment, that of NaN, is kept and scores NaN', () => {
    const entries = [0.5, Infinity].map((alignment) => ({
      anchor: 2,
      target: 0,
      alignment,
      overlap: 0.5,
    }));
    expect(score(entries, 1)).toEqual([{ anchor: 2, target: 0, score: Number.NaN }]);
  });
});
