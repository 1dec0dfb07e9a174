import { expm1Wide } from './lib/expm1';
import { expWide, loadWide, softplusWide, storeNarrow, sumWide } from './lib/f64x2';

/** The reference's guard against boxes without area and targets without a visible keypoint. */
const EPS: f64 = 1e-9;

/** Visible keypoints of two positives. */
// @ts-ignore: decorator
@inline
function countVisible(truth: usize, keypoints: i32, pitch: usize): v128 {
  let seen = f64x2.splat(0);
  for (let k = 0; k < keypoints; k++) {
    seen = f64x2.add(seen, v128.load(truth + (3 * <usize>k + 2) * pitch));
  }
  return seen;
}

/**
 * Keypoint losses of the positives and their gradients, in float64.
 *
 * pose: K / (visible + 1e-9) · (1 − e^−E) of every visible keypoint, E = d² / ((2σ)²·(area + 1e-9)·2).
 * kobj (D = 3): BCE of the third channel with visibility.
 *
 * @param predicted f32 [K·D, pitch/4], x and y in half grid units → gradients, where `backward`
 * @param pitch bytes from one channel to the next, for an even number of positives
 * @param truth f64 [K·3, pitch/4], x and y as 2·`predicted` would be to hit, grid units; visible 1 or 0, and 0
 *   behind an odd number
 * @param areas f64 [P], of the targets' boxes, grid units
 * @param sigmas f64 [K]
 * @param poseScale kobjScale factors of the gradients
 * @param sums f64 [2] → Σ pose, Σ kobj, over positives and keypoints
 * Source: Maji et al., arXiv:2204.06806
 */
export function keypoints(
  predicted: usize,
  pitch: usize,
  keypoints: i32,
  numbers: i32,
  count: i32,
  truth: usize,
  areas: usize,
  sigmas: usize,
  poseScale: f64,
  kobjScale: f64,
  backward: bool,
  sums: usize,
): void {
  const truthPitch = pitch << 1;
  const eps = f64x2.splat(EPS);
  let pose = f64x2.splat(0);
  let kobj = f64x2.splat(0);
  for (let i = 0; i < count; i += 2) {
    const goals = truth + (<usize>i << 3);
    const areaTwice = f64x2.mul(f64x2.add(v128.load(areas + (<usize>i << 3)), eps), f64x2.splat(2));
    const seen = countVisible(goals, keypoints, truthPitch);
    const weight = f64x2.div(f64x2.splat(<f64>keypoints), f64x2.add(seen, eps));
    // Behind an odd number there is no positive.
    const present = loadPresent(count - i);
    for (let k = 0; k < keypoints; k++) {
      const x = predicted + <usize>(k * numbers) * pitch + (<usize>i << 2);
      const goal = goals + 3 * <usize>k * truthPitch;
      const visible = f64x2.gt(v128.load(goal + 2 * truthPitch), f64x2.splat(0));
      const twoSigma = 2 * load<f64>(sigmas + (<usize>k << 3));
      const spread = f64x2.mul(areaTwice, f64x2.splat(twoSigma * twoSigma));
      const dx = offset(x, goal);
      const dy = offset(x + pitch, goal + truthPitch);
      const exponent = f64x2.div(f64x2.add(f64x2.mul(dx, dx), f64x2.mul(dy, dy)), spread);
      const own = v128.and(weight, visible);
      const lost = v128.and(f64x2.mul(weight, expm1Wide(f64x2.neg(exponent))), visible);
      pose = f64x2.sub(pose, lost);
      if (backward) {
        // ∂(1 − e^−E) = 2d/spread · e^−E, and x is worth two grid units.
        const slope = f64x2.div(f64x2.mul(own, expWide(f64x2.neg(exponent))), spread);
        const scaled = f64x2.mul(slope, f64x2.splat(4 * poseScale));
        storeNarrow(x, v128.and(f64x2.mul(scaled, dx), visible));
        storeNarrow(x + pitch, v128.and(f64x2.mul(scaled, dy), visible));
      }
      if (numbers < 3) continue;
      const entropy = visibility(x + 2 * pitch, visible, kobjScale, backward);
      kobj = f64x2.add(kobj, v128.and(entropy, present));
    }
  }
  store<f64>(sums, sumWide(pose));
  store<f64>(sums, sumWide(kobj), 8);
}

/** Mask of the lanes that hold a positive. */
// @ts-ignore: decorator
@inline
function loadPresent(left: i32): v128 {
  return i64x2.replace_lane(i64x2.splat(-1), 1, left > 1 ? -1 : 0);
}

// @ts-ignore: decorator
@inline
function offset(x: usize, goal: usize): v128 {
  return f64x2.sub(f64x2.mul(loadWide(x), f64x2.splat(2)), v128.load(goal));
}

/** BCE of two logits: softplus(y), the slope ±sigmoid(y), y being the logit with its sign turned where it is visible. */
// @ts-ignore: decorator
@inline
function visibility(logit: usize, visible: v128, scale: f64, backward: bool): v128 {
  const turned = v128.and(visible, f64x2.splat(-0.0));
  const y = v128.xor(loadWide(logit), turned);
  if (backward) {
    const p = expWide(f64x2.neg(softplusWide(f64x2.neg(y))));
    storeNarrow(logit, v128.xor(f64x2.mul(p, f64x2.splat(scale)), turned));
  }
  return softplusWide(y);
}
