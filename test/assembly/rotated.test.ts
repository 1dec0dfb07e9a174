import { afterEach, describe, expect, it } from 'vitest';
import { decodeSide } from '../../src/reference/dfl.ts';
import type { Head } from '../../src/reference/levels.ts';
import { probIou, type RotatedBox } from '../../src/reference/probiou.ts';
import { regressRotated } from '../../src/reference/regress-rotated.ts';
import { rotatedBoxAround, scaleRotated } from '../../src/reference/rotated-boxes.ts';
import { sigmoid } from '../../src/reference/sigmoid.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { evenRows, KernelMemory, lengths, withoutEven } from '../lib/kernels.ts';
import { normal, uniforms } from '../lib/random.ts';

/** Of `regress`, its sums, relative, and of the positives' overlaps, absolute. Reached: 4.7e-11. */
const SUM_BOUND = 2e-10;
/** Of all gradients, relative L2: rounding to float32. Reached: 3.9e-8. */
const GRAD_BOUND = 6e-8;
/** Of the candidates' overlaps, absolute: they are rounded to float32. Reached: 3.0e-8. */
const OVERLAP_BOUND = 6e-8;

const memory = await KernelMemory.create();
const { kernels } = memory;
afterEach(() => memory.settle());

interface Positives {
  bins: number;
  count: number;
  /** [4·R, P] */
  logits: Float32Array;
  /** [P] predicted and true, radians. */
  angles: Float32Array;
  targetAngles: Float64Array;
  /** [4, P] of the unrotated target's sides, grid units. */
  distances: Float64Array;
  /** [P] */
  scores: Float32Array;
}

function randomPositives(bins: number, count: number): Positives {
  const uniform = uniforms(100 * bins + count);
  const box = bins === 1 ? { mean: 2, std: 1.2 } : { mean: 0, std: 2 };
  const radians = () => Math.PI * (uniform() - 0.25);
  const targetAngles = Float64Array.from({ length: count }, radians);
  return {
    bins,
    count,
    logits: normal({ seed: 10 * bins + count, ...box }, 4 * bins * count),
    angles: Float32Array.from(targetAngles, (angle) => angle + uniform() - 0.5),
    targetAngles,
    distances: Float64Array.from({ length: 4 * count }, () => 0.3 + (bins + 1) * uniform()),
    scores: Float32Array.from({ length: count }, () => 1 - uniform()),
  };
}

const scale = { box: 7.5, dfl: 1.5 };

function regress({ bins, count, ...rows }: Positives, backward: boolean) {
  const columns = count + (count % 2);
  const data = evenRows(rows.logits, count);
  const logits = backward ? memory.block(data) : memory.input(data);
  const angles = Float64Array.of(...rows.angles, ...rows.targetAngles);
  const rotation = backward
    ? memory.block(evenRows(angles, count))
    : memory.input(evenRows(angles, count));
  const sums = memory.block(new Float64Array(2));
  kernels.regress(
    logits,
    4 * columns,
    bins,
    count,
    memory.input(evenRows(rows.distances, count)),
    memory.input(evenRows(rows.scores, count)),
    0,
    scale.box,
    scale.dfl,
    backward,
    sums,
    memory.block(new Uint8Array((4 * bins + 22) * 16)),
    rotation,
  );
  const [box, dfl] = memory.f64(sums, 2);
  const grads = withoutEven(memory.f32(logits, data.length), count);
  const angleGrads = memory.f64(rotation, count);
  memory.settle();
  return { box, dfl, grads, angleGrads };
}

/** The reference's loss of as many anchors in a row, each with a target of its own. */
function expectedLoss({ bins, count, logits, angles, targetAngles, distances, scores }: Positives) {
  const level = { data: logits, height: 1, width: count, stride: 1, firstAnchor: 0 };
  const strides = { imageStride: logits.length, channelStride: count, cellStride: 1 };
  const head: Head = {
    batch: 1,
    numClasses: 0,
    regMax: bins,
    levels: [{ ...level, ...strides }],
    anchors: count,
    imageWidth: count,
    imageHeight: 1,
  };
  const indices = Int32Array.from({ length: count }, (_, i) => i);
  const targets = Array.from(indices, (i) => {
    const [l, t, r, b] = [0, 1, 2, 3].map((side) => distances[side * count + i]);
    const [x, y] = [i + 0.5, 0.5];
    const box: [number, number, number, number] = [x - l, y - t, x + r, y + b];
    const centre = [x + (r - l) / 2, y + (b - t) / 2] as const;
    const rotated: RotatedBox = [...centre, l + r, t + b, targetAngles[i]];
    return { source: i, cls: 0, box, ignored: false, rotated };
  });
  const assignment = {
    image: new Int32Array(count),
    anchor: indices,
    target: indices,
    score: Float64Array.from(scores),
    scoresSum: 0,
    unassigned: new Int32Array(0),
  };
  const grads = new Float64Array(logits.length);
  const angleGrads = new Float64Array(count);
  const loss = regressRotated(head, angles, [targets], assignment, scale, [grads], angleGrads);
  return { box: loss.box / scale.box, dfl: loss.dfl / scale.dfl, grads, angleGrads };
}

describe('regress of rotated boxes', () => {
  it.each([1, 2, 8, 16])(
    `%d bins: sums to ${SUM_BOUND}, gradients to ${GRAD_BOUND} L2; untouched without backward`,
    (bins) => {
      for (const count of lengths) {
        const problem = randomPositives(bins, count);
        const expected = expectedLoss(problem);
        const forward = regress(problem, false);
        expectClose('box', forward.box, expected.box, SUM_BOUND);
        expectClose('dfl', forward.dfl, expected.dfl, SUM_BOUND);
        const backward = regress(problem, true);
        expect([backward.box, backward.dfl]).toEqual([forward.box, forward.dfl]);
        expectCloseL2('distances', backward.grads, expected.grads, GRAD_BOUND);
        expectCloseL2('angles', backward.angleGrads, expected.angleGrads, GRAD_BOUND);
      }
    },
  );

  it('an angle that is NaN shows in the loss of the box alone', () => {
    const problem = randomPositives(8, 3);
    const angles = problem.angles.map((angle, i) => (i === 1 ? Number.NaN : angle));
    const { box, dfl, angleGrads } = regress({ ...problem, angles }, true);
    expect([box, Number.isFinite(dfl), angleGrads[1]]).toEqual([Number.NaN, true, Number.NaN]);
    expect([angleGrads[0], angleGrads[2]].every(Number.isFinite)).toBe(true);
  });
});

describe('alignPositives of rotated boxes', () => {
  const power = { alpha: 0.5, beta: 6 };

  it.each(lengths)(`%d positives: within ${SUM_BOUND}, 0 where not inside`, (count) => {
    const positives = randomPositives(16, count);
    const { logits, distances, angles, targetAngles } = positives;
    const inside = Float64Array.from({ length: count }, (_, i) => Number(i % 3 !== 2));
    const strides = Float64Array.from({ length: count }, (_, i) => [8, 16, 32][i % 3]);
    const classLogits = Float32Array.from({ length: count }, (_, i) => i / 4 - 2);
    const overlaps = memory.block(evenRows(new Float64Array(count), count));
    const alignments = memory.block(evenRows(new Float64Array(count), count));
    const rotation = Float64Array.of(...angles, ...targetAngles, ...inside);
    kernels.alignPositives(
      memory.input(evenRows(logits, count)),
      4 * (count + (count % 2)),
      16,
      count,
      memory.input(evenRows(distances, count)),
      memory.input(evenRows(strides, count)),
      memory.input(evenRows(classLogits, count)),
      power.alpha,
      power.beta,
      overlaps,
      alignments,
      memory.block(new Uint8Array(14 * 16)),
      memory.input(evenRows(rotation, count)),
    );
    const [gotOverlaps, gotAlignments] = [
      memory.f64(overlaps, count),
      memory.f64(alignments, count),
    ];
    for (let i = 0; i < count; i++) {
      const own = logits.filter((_, at) => at % count === i);
      const sides = [0, 1, 2, 3].map((s) => decodeSide([...own.slice(16 * s, 16 * (s + 1))]));
      const anchor = { x: 0, y: 0 } as Parameters<typeof rotatedBoxAround>[0];
      const pred = scaleRotated(rotatedBoxAround(anchor, sides, angles[i]), strides[i]);
      const [l, t, r, b] = [0, 1, 2, 3].map((side) => distances[side * count + i]);
      const target: RotatedBox = [(r - l) / 2, (b - t) / 2, l + r, t + b, targetAngles[i]];
      const overlap = Math.max(0, probIou(pred, scaleRotated(target, strides[i])).value);
      const alignment = sigmoid(classLogits[i]) ** power.alpha * overlap ** power.beta;
      expectClose(`overlap ${i}`, gotOverlaps[i], inside[i] * overlap, SUM_BOUND, 1);
      expectClose(`alignment ${i}`, gotAlignments[i], inside[i] * alignment, SUM_BOUND, 1);
    }
  });
});

describe('choose of rotated boxes', () => {
  const [width, height, stride] = [20, 9, 8];
  const cells = width * height;
  const target: RotatedBox = [81.3, 34.7, 90, 30, 0.6];

  it.each([1, 2, 3, 4, 5, 8, 17])(
    `rows of %d cells: overlaps within ${OVERLAP_BOUND} of ProbIoU, not below 0, best chosen`,
    (columns) => {
      const uniform = uniforms(columns);
      const rows = Array.from({ length: height }, (_, y) => [y % 4, y, (y % 4) + columns, y + 1]);
      const count = height * columns;
      // Left, top, right, bottom, and angle
      const distances = Float32Array.from({ length: 5 * cells }, (_, i) =>
        i < 4 * cells ? 0.2 + 6 * uniform() : 3 * uniform(),
      );
      const table = new DataView(new ArrayBuffer(16 * height));
      rows.forEach((_, i) => {
        table.setInt32(16 * i + 4, width, true);
        table.setFloat64(16 * i + 8, stride, true);
      });
      const numbers = [...target, Math.cos(target[4]), Math.sin(target[4])];
      const overlaps = memory.block(new Float32Array(count), 12);
      const alignments = memory.block(new Float64Array(count), 8);
      const chosen = memory.block(new Int32Array(5));
      const size = kernels.choose(
        memory.input(new Uint8Array(table.buffer)),
        height,
        memory.input(distances, 4),
        4 * cells,
        memory.input(Int32Array.from(rows.flat())),
        16,
        memory.input(Float64Array.from(numbers)),
        memory.input(new Float32Array(count), 4),
        0.5,
        6,
        5,
        overlaps,
        alignments,
        chosen,
        memory.block(new Uint8Array(128)),
      );
      const computed = memory.f32(overlaps, count);
      let i = 0;
      for (const [x1, y, x2] of rows) {
        for (let x = x1; x < x2; x++, i++) {
          const numberOf = (row: number) => distances[row * cells + y * width + x];
          const sides = [0, 1, 2, 3].map((side) => decodeSide([numberOf(side)]));
          const anchor = { x: x + 0.5, y: y + 0.5 } as Parameters<typeof rotatedBoxAround>[0];
          const pred = scaleRotated(rotatedBoxAround(anchor, sides, numberOf(4)), stride);
          const expected = Math.max(0, probIou(pred, target).value);
          expectClose(`cell ${x}, ${y}`, computed[i], expected, OVERLAP_BOUND, 1);
        }
      }
      const best = [...computed.keys()].filter((at) => computed[at] > 0);
      best.sort((a, b) => computed[b] - computed[a] || a - b);
      const ascending = (list: Iterable<number>) => [...list].sort((a, b) => a - b);
      expect(ascending(memory.i32(chosen, size))).toEqual(ascending(best.slice(0, 5)));
    },
  );
});
