import { expm1Wide } from './lib/expm1';
import { expWide, loadWide, softplusWide, storeNarrow, sumWide } from './lib/f64x2';

/** Constant that keeps quotients defined for boxes without area and targets without a visible keypoint. */
const EPS: f64 = 1e-9;

/** Parameters of `keypoints`. */
@unmanaged
export class KeypointsParams {
  /** f32 [K·D, pitch/4]; x and y are in units of 1/factor grid units → gradients, where `backward`. */
  predicted: usize;
  factor: f64;
  /** Bytes from one channel to the next, for an even number of positives. */
  pitch: usize;
  /** K. */
  keypoints: i32;
  /** D: 2, or 3 with a logit of visibility. */
  numbers: i32;
  /** P, the number of positives. */
  count: i32;
  /** f64 [K·3, pitch/4]: x and y of the target times factor, in grid units; 1 if visible, else 0; 0 behind an odd number. */
  targets: usize;
  /** f64 [P], areas of the targets' boxes, grid units. */
  areas: usize;
  /** f64 [K]. */
  sigmas: usize;
  /** f32 [P], factors of the losses; 0 behind an odd number. */
  weights: usize;
  /** Factors of the gradients. */
  poseScale: f64;
  kobjScale: f64;
  backward: bool;
  /** f64 [2] → Σ pose, Σ kobj, over positives and keypoints. */
  sums: usize;
}

/** Number of visible keypoints of two positives. */
// @ts-ignore: decorator
@inline
function countVisible(targets: usize, keypoints: i32, pitch: usize): v128 {
  let seen = f64x2.splat(0);
  for (let k = 0; k < keypoints; k++) {
    seen = f64x2.add(seen, v128.load(targets + (3 * <usize>k + 2) * pitch));
  }
  return seen;
}

/**
 * Keypoint losses of the positives and their gradients, in float64.
 *
 * pose: K / (visible + 1e-9) · (1 − e^−E) of every visible keypoint, E = d² / ((2σ)²·(area + 1e-9)·2).
 * kobj (D = 3): BCE of the third channel with visibility.
 *
 * Source: Maji et al., arXiv:2204.06806
 */
export function keypoints(p: KeypointsParams): void {
  const pitch = p.pitch;
  const keypoints = p.keypoints;
  const numbers = p.numbers;
  const count = p.count;
  const factor = f64x2.splat(p.factor);
  const slopeScale = f64x2.splat(2 * p.factor * p.poseScale);
  const kobjScale = p.kobjScale;
  const backward = p.backward;
  const targetPitch = pitch << 1;
  const eps = f64x2.splat(EPS);
  let pose = f64x2.splat(0);
  let kobj = f64x2.splat(0);
  for (let i = 0; i < count; i += 2) {
    const targets = p.targets + (<usize>i << 3);
    const areaTwice = f64x2.mul(f64x2.add(v128.load(p.areas + (<usize>i << 3)), eps), f64x2.splat(2));
    const seen = countVisible(targets, keypoints, targetPitch);
    const ofTarget = loadWide(p.weights + (<usize>i << 2));
    const weight = f64x2.mul(ofTarget, f64x2.div(f64x2.splat(<f64>keypoints), f64x2.add(seen, eps)));
    const byLogit = f64x2.mul(ofTarget, f64x2.splat(kobjScale));
    const present = lanesPresent(count - i);
    for (let k = 0; k < keypoints; k++) {
      const x = p.predicted + <usize>(k * numbers) * pitch + (<usize>i << 2);
      const target = targets + 3 * <usize>k * targetPitch;
      const visible = f64x2.gt(v128.load(target + 2 * targetPitch), f64x2.splat(0));
      const twoSigma = 2 * load<f64>(p.sigmas + (<usize>k << 3));
      const spread = f64x2.mul(areaTwice, f64x2.splat(twoSigma * twoSigma));
      const dx = offset(x, factor, target);
      const dy = offset(x + pitch, factor, target + targetPitch);
      const exponent = f64x2.div(f64x2.add(f64x2.mul(dx, dx), f64x2.mul(dy, dy)), spread);
      const lost = v128.and(f64x2.mul(weight, expm1Wide(f64x2.neg(exponent))), visible);
      pose = f64x2.sub(pose, lost);
      if (backward) {
        // ∂(1 − e^−E) = 2d/spread · e^−E; an x of 1 is `factor` grid units.
        const decay = f64x2.mul(v128.and(weight, visible), expWide(f64x2.neg(exponent)));
        const scaled = f64x2.mul(f64x2.div(decay, spread), slopeScale);
        storeNarrow(x, v128.and(f64x2.mul(scaled, dx), visible));
        storeNarrow(x + pitch, v128.and(f64x2.mul(scaled, dy), visible));
      }
      if (numbers < 3) continue;
      const entropy = visibility(x + 2 * pitch, visible, byLogit, backward);
      kobj = f64x2.add(kobj, v128.and(f64x2.mul(entropy, ofTarget), present));
    }
  }
  store<f64>(p.sums, sumWide(pose));
  store<f64>(p.sums, sumWide(kobj), 8);
}

/** Mask of the lanes that hold a positive, if `left` positives are left. */
// @ts-ignore: decorator
@inline
function lanesPresent(left: i32): v128 {
  return i64x2.replace_lane(i64x2.splat(-1), 1, left > 1 ? -1 : 0);
}

/** Offsets of two predictions from their targets along an axis, in grid units. */
// @ts-ignore: decorator
@inline
function offset(x: usize, factor: v128, target: usize): v128 {
  return f64x2.sub(f64x2.mul(loadWide(x), factor), v128.load(target));
}

/** BCE of two logits: softplus(y) with gradient ±sigmoid(y); y is the logit, negated if the keypoint is visible. */
// @ts-ignore: decorator
@inline
function visibility(logit: usize, visible: v128, scale: v128, backward: bool): v128 {
  const turned = v128.and(visible, f64x2.splat(-0.0));
  const y = v128.xor(loadWide(logit), turned);
  if (backward) {
    const p = expWide(f64x2.neg(softplusWide(f64x2.neg(y))));
    storeNarrow(logit, v128.xor(f64x2.mul(p, scale), turned));
  }
  return softplusWide(y);
}
