import { afterEach, describe, expect, it } from 'vitest';
import { MEASURE_SCRATCH_BYTES } from '../../src/backend/programs/criteria/kernels.ts';
import { type BoxIouKind, OVERLAP_KINDS } from '../../src/kinds.ts';
import { decodeSide } from '../../src/reference/dfl.ts';
import { type Box, boxSimilarity } from '../../src/reference/iou.ts';
import type { Anchor } from '../../src/reference/levels.ts';
import { probIou, type RotatedBox } from '../../src/reference/probiou.ts';
import { rotatedBoxAround, scaleRotated } from '../../src/reference/rotated-boxes.ts';
import { expectClose } from '../lib/compare.ts';
import { evenRows, KernelMemory, lengths } from '../lib/kernels.ts';
import { normal, uniforms } from '../lib/random.ts';

/** Absolute error: the exponential's. Reached: 1.5e-11. */
const BOUND = 3e-11;
/** Absolute error with ProbIoU. Reached: 4.7e-11. */
const ROTATED_BOUND = 2e-10;

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

interface Positives {
  kind: BoxIouKind;
  bins: number;
  count: number;
  /** [4·R, P] */
  logits: Float32Array;
  /** [4, P], distances of the target's sides, grid units; of a rotated target unrotated. */
  targets: Float64Array;
  /** [P] */
  strides: Float64Array;
  /** [P] 1 where the anchor is a candidate of its target, else 0. */
  inside: Float64Array;
  /** [2, P] predicted and target's angle, radians; empty where boxes are upright. */
  angles: Float64Array;
}

function measure({ kind, bins, count, ...rows }: Positives): Float64Array {
  const overlaps = memory.block(evenRows(new Float64Array(count), count));
  memory.call('measurePositives', {
    logits: memory.input(evenRows(rows.logits, count)),
    pitch: 4 * (count + (count % 2)),
    bins,
    count,
    targets: memory.input(evenRows(rows.targets, count)),
    strides: memory.input(evenRows(rows.strides, count)),
    inside: memory.input(evenRows(rows.inside, count)),
    kind,
    angles: memory.input(evenRows(rows.angles, count)),
    overlaps,
    scratch: memory.block(new Uint8Array(MEASURE_SCRATCH_BYTES)),
  });
  const measured = memory.f64(overlaps, count);
  memory.settle();
  return measured;
}

/** Overlap of one of the positives, in float64. */
function overlapOf({ kind, bins, count, ...rows }: Positives, i: number): number {
  if (rows.inside[i] === 0) return -1;
  const logits = [...rows.logits.filter((_, at) => at % count === i)];
  const sides = [0, 1, 2, 3].map((s) => decodeSide(logits.slice(s * bins, (s + 1) * bins)));
  const [l, t, r, b] = rows.targets.filter((_, at) => at % count === i);
  if (kind === 'probiou') {
    const [angle, targetAngle] = [rows.angles[i], rows.angles[count + i]];
    const pred = rotatedBoxAround({ x: 0, y: 0 } as Anchor, sides, angle);
    const target: RotatedBox = [(r - l) / 2, (b - t) / 2, l + r, t + b, targetAngle];
    const [own, other] = [pred, target].map((box) => scaleRotated(box, rows.strides[i]));
    return Math.max(probIou(own, other).value, 0);
  }
  const around = ([l, t, r, b]: number[]) =>
    [-l, -t, r, b].map((distance) => distance * rows.strides[i]) as Box;
  const pred = around(sides.map(({ distance }) => distance));
  return Math.max(boxSimilarity(kind, pred, around([l, t, r, b])).value, 0);
}

function randomPositives(kind: BoxIouKind, bins: number, count: number): Positives {
  const box = bins === 1 ? { mean: 3, std: 1 } : { mean: 0, std: 2 };
  const uniform = uniforms(100 * bins + count);
  const isRotated = kind === 'probiou';
  const least = isRotated ? 0.3 : 0.01;
  const targets = Float64Array.from({ length: 4 * count }, () => least + bins * uniform());
  const radians = () => Math.PI * (uniform() - 0.25);
  const targetAngles = Array.from({ length: isRotated ? count : 0 }, radians);
  const angles = targetAngles.map((angle) => Math.fround(angle + uniform() - 0.5));
  return {
    kind,
    bins,
    count,
    logits: normal({ seed: bins, ...box }, 4 * bins * count),
    targets,
    strides: Float64Array.from({ length: count }, (_, i) => [8, 16, 32, 64][i % 4]),
    inside: new Float64Array(count).fill(1),
    angles: Float64Array.of(...angles, ...targetAngles),
  };
}

describe.each([...OVERLAP_KINDS, 'probiou'] as const)('measurePositives: %s', (kind) => {
  const bound = kind === 'probiou' ? ROTATED_BOUND : BOUND;

  it.each([1, 2, 3, 8, 16, 32])(
    `%d bins: within ${bound} of float64’s overlap, −1 where not inside`,
    (bins) => {
      for (const count of lengths) {
        const all = randomPositives(kind, bins, count);
        const some = { ...all, inside: all.inside.map((_, i) => Number(i % 3 !== 2)) };
        for (const positives of [all, some]) {
          measure(positives).forEach((overlap, i) => {
            const expected = overlapOf(positives, i);
            expectClose(`${i} of ${count}`, overlap, expected, bound, 1);
          });
        }
      }
    },
  );

  it('exactly −1 where not inside, whatever the boxes', () => {
    const positives = randomPositives(kind, 4, 5);
    const inside = Float64Array.of(0, 1, 0, 0, 1);
    for (const bad of [0, Infinity, -Infinity, Number.NaN]) {
      const logits = positives.logits.map((x, i) => (i % 5 === 0 ? bad : x));
      const overlaps = measure({ ...positives, logits, inside });
      expect([...overlaps].map((overlap) => overlap === -1)).toEqual(
        [...inside].map((flag) => flag === 0),
      );
    }
  });

  it('a similarity below 0 is an overlap of 0', () => {
    const overlaps = measure({
      ...randomPositives(kind, 1, 3),
      logits: Float32Array.of(-4, -4, -4, -4, -4, -4, 5, 5, 5, 5, 5, 5),
      targets: new Float64Array(12).fill(1),
    });
    if (kind === 'probiou') expect(overlaps.every((overlap) => overlap >= 0)).toBe(true);
    else expect([...overlaps].map((overlap) => overlap + 0)).toEqual([0, 0, 0]);
  });

  it('NaN in a logit is an overlap of NaN, and leaves the others alone', () => {
    const positives = randomPositives(kind, 4, 3);
    const overlaps = measure(positives);
    const logits = positives.logits.map((x, i) => (i % 3 === 1 ? Number.NaN : x));
    const expected = [overlaps[0], Number.NaN, overlaps[2]];
    expect([...measure({ ...positives, logits })]).toEqual(expected);
  });
});

describe('measurePositives: probiou', () => {
  it('an angle that is NaN is an overlap of NaN', () => {
    const positives = randomPositives('probiou', 4, 3);
    const angles = positives.angles.map((angle, i) => (i === 1 ? Number.NaN : angle));
    expect([...measure({ ...positives, angles })].map(Number.isNaN)).toEqual([false, true, false]);
  });
});
