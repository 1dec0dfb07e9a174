import { IouKind } from '../generated/kinds';
import { loadWidePair, storeNarrowPair, sumWide } from '../lib/f64x2';
import { cosSinWide } from '../lib/sincos';
import { PROB_IOU_BYTES, probIouLanes } from '../prob-iou';
import { similarityLanes } from '../similarity';
import { settlePair } from './rows';

/** Parameters of `boxIou`. */
@unmanaged
export class BoxIouParams {
  /** f32 [count, 4] xyxy; PROBIOU: f32 [count, 5] xywh and angle in radians. */
  input: usize;
  /** f32, same format and units, no side negative; constant for the gradient. */
  target: usize;
  count: i32;
  kind: IouKind;
  /** f32, as `input` → scale · gradient. */
  grad: usize;
  /** f32 [count] → values, or 0 if they are not wanted. */
  values: usize;
  scale: f64;
  /** `BOX_IOU_SCRATCH_BYTES` bytes. */
  scratch: usize;
}

/** Bytes of four pairs of numbers: the sides of two boxes, or cosine and sine of two predictions and two targets. */
const PAIRS_BYTES: usize = 4 * 16;
/** Upright boxes need a smaller record than rotated ones. */
export const BOX_IOU_SCRATCH_BYTES: usize = PAIRS_BYTES + PROB_IOU_BYTES;

/** Number `i` of boxes k and `last`, of `numbers` each. */
// @ts-ignore: decorator
@inline
function numberOf(boxes: usize, k: i32, last: i32, i: i32, numbers: i32): v128 {
  return loadWidePair(boxes + (<usize>(k * numbers + i) << 2), boxes + (<usize>(last * numbers + i) << 2));
}

// @ts-ignore: decorator
@inline
function storeNumber(boxes: usize, k: i32, last: i32, i: i32, numbers: i32, lanes: v128): void {
  storeNarrowPair(boxes + (<usize>(k * numbers + i) << 2), boxes + (<usize>(last * numbers + i) << 2), lanes);
}

/**
 * 1 − similarity of box pairs; `iouLanes`, `takeSizePenalties`, `takeAngleCosts` and `probIouLanes` define the similarities.
 *
 * @returns the sum of the values
 */
export function boxIou(p: BoxIouParams): f64 {
  return p.kind == IouKind.PROBIOU ? rotatedIou(p) : uprightIou(p);
}

function uprightIou(p: BoxIouParams): f64 {
  const input = p.input;
  const target = p.target;
  const count = p.count;
  const kind = p.kind;
  const grad = p.grad;
  const values = p.values;
  const sides = p.scratch;
  const record = sides + PAIRS_BYTES;
  const one = f64x2.splat(1);
  const back = f64x2.splat(-p.scale);
  let total = f64x2.splat(0);
  for (let k = 0; k < count; k += 2) {
    const last = min(k + 1, count - 1);
    // Distances from the origin: those to the left and the top point the other way
    for (let i = 0; i < 4; i++) {
      const lanes = numberOf(input, k, last, i, 4);
      v128.store(sides + (<usize>i << 4), i < 2 ? f64x2.neg(lanes) : lanes);
    }
    const l = f64x2.neg(numberOf(target, k, last, 0, 4));
    const t = f64x2.neg(numberOf(target, k, last, 1, 4));
    const r = numberOf(target, k, last, 2, 4);
    const b = numberOf(target, k, last, 3, 4);
    similarityLanes(kind, sides, l, t, r, b, record);
    for (let i = 0; i < 4; i++) {
      const gradient = f64x2.mul(v128.load(record + 16 + (<usize>i << 4)), back);
      storeNumber(grad, k, last, i, 4, i < 2 ? f64x2.neg(gradient) : gradient);
    }
    const value = f64x2.sub(one, v128.load(record));
    total = f64x2.add(total, settlePair(value, values, k, count));
  }
  return sumWide(total);
}

function rotatedIou(p: BoxIouParams): f64 {
  const input = p.input;
  const target = p.target;
  const count = p.count;
  const grad = p.grad;
  const values = p.values;
  const record = p.scratch;
  const turns = record + PROB_IOU_BYTES;
  const one = f64x2.splat(1);
  const back = f64x2.splat(-p.scale);
  let total = f64x2.splat(0);
  for (let k = 0; k < count; k += 2) {
    const last = min(k + 1, count - 1);
    cosSinWide(numberOf(input, k, last, 4, 5), turns);
    cosSinWide(numberOf(target, k, last, 4, 5), turns + 32);
    probIouLanes(
      f64x2.sub(numberOf(input, k, last, 0, 5), numberOf(target, k, last, 0, 5)),
      f64x2.sub(numberOf(input, k, last, 1, 5), numberOf(target, k, last, 1, 5)),
      numberOf(input, k, last, 2, 5),
      numberOf(input, k, last, 3, 5),
      v128.load(turns),
      v128.load(turns, 16),
      numberOf(target, k, last, 2, 5),
      numberOf(target, k, last, 3, 5),
      v128.load(turns, 32),
      v128.load(turns, 48),
      record,
      true,
    );
    for (let i = 0; i < 5; i++) {
      const gradient = f64x2.mul(v128.load(record + 16 + (<usize>i << 4)), back);
      storeNumber(grad, k, last, i, 5, gradient);
    }
    const value = f64x2.sub(one, v128.load(record));
    total = f64x2.add(total, settlePair(value, values, k, count));
  }
  return sumWide(total);
}
