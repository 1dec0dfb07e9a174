import { abs4, expExact4, firstLanes, log1p4, madd4, ONE, storeFirst } from './lib/f32x4';
import { sumWide, widen } from './lib/f64x2';

/** Parameters of `semantic`: logits of some classes of one image. */
@unmanaged
export class SemanticParams {
  /** f32 [count, pitch/4] → gradients; readable and writable up to a multiple of 4 pixels. */
  planes: usize;
  /** Bytes from one class to the next, a multiple of 16. */
  pitch: usize;
  /** i32 [pixels], class of each pixel, −1 in the background; readable for 3 more. */
  classes: usize;
  pixels: i32;
  /** The first class, and the number of classes. */
  first: i32;
  count: i32;
  /** Whether there are gradients. */
  backward: i32;
  /** Factors of the gradients of Σ BCE and of Dice loss. */
  entropyScale: f64;
  diceScale: f64;
  /** f64 [count, 2] → Σ BCE, Dice loss. */
  losses: usize;
}

const SIGNS: usize = memory.data<u32>([0x80000000, 0x80000000, 0x80000000, 0x80000000], 16);
/** Bytes of vectors whose Π(1 + e) share one logarithm, and whose sums are float32. */
const BLOCK: usize = 16 * 16;

/** 1 / (1 + e) where x ≥ 0, e / (1 + e) elsewhere: sigmoid(x), or 0 in lanes that are not inside. */
// @ts-ignore: decorator
@inline
function sigmoid(x: v128, e: v128, u: v128, inside: v128): v128 {
  const numerator = v128.bitselect(e, v128.and(v128.load(ONE), inside), i32x4.shr_s(x, 31));
  return f32x4.div(numerator, u);
}

/**
 * Loss of one class's logits, and its gradient.
 *
 * With t 1 in the class's pixels and y the logit, its sign turned there: BCE = softplus(y), and Dice loss is
 * Σ sigmoid(y) / (1 + Σ sigmoid(logit) + Σ t), in which nothing cancels if the logits are right.
 */
function classLoss(p: SemanticParams, plane: usize, own: v128, losses: usize): void {
  const one = v128.load(ONE);
  const signs = v128.load(SIGNS);
  const end = plane + (<usize>p.pixels << 2);
  const toClass = p.classes - plane;
  let entropy = f64x2.splat(0);
  let wrong = f64x2.splat(0);
  let all = f64x2.splat(0);
  for (let start = plane; start < end; start += BLOCK) {
    const stop = min(start + BLOCK, end);
    let product = f32x4.splat(0);
    let twiceLinear = f32x4.splat(0);
    let blockWrong = f32x4.splat(0);
    let blockAll = f32x4.splat(0);
    for (let at = start; at < stop; at += 16) {
      const inside = firstLanes(min(<i32>((end - at) >> 2), 4));
      const t = v128.and(i32x4.eq(v128.load(at + toClass), own), inside);
      const x = v128.and(v128.load(at), inside);
      const y = v128.xor(x, v128.and(t, signs));
      const magnitude = abs4(x);
      const e = v128.and(expExact4(f32x4.neg(magnitude)), inside);
      const u = f32x4.add(one, e);
      product = madd4(product, u, e);
      twiceLinear = f32x4.add(twiceLinear, f32x4.add(magnitude, y));
      blockWrong = f32x4.add(blockWrong, sigmoid(y, e, u, inside));
      blockAll = f32x4.add(blockAll, f32x4.add(sigmoid(x, e, u, inside), v128.and(t, one)));
    }
    entropy = f64x2.add(entropy, widen(log1p4(product)));
    entropy = f64x2.add(entropy, f64x2.mul(widen(twiceLinear), f64x2.splat(0.5)));
    wrong = f64x2.add(wrong, widen(blockWrong));
    all = f64x2.add(all, widen(blockAll));
  }
  const denominator = 1 + sumWide(all);
  const dice = sumWide(wrong) / denominator;
  store<f64>(losses, sumWide(entropy));
  store<f64>(losses, dice, 8);
  if (!p.backward) return;
  const scale = p.diceScale / denominator;
  const ofOwn = f32x4.splat(<f32>(scale * (-1 - dice)));
  const ofOthers = f32x4.splat(<f32>(scale * (1 - dice)));
  const entropyScale = f32x4.splat(<f32>p.entropyScale);
  for (let at = plane; at < end; at += 16) {
    const t = i32x4.eq(v128.load(at + toClass), own);
    const turned = v128.and(t, signs);
    const x = v128.load(at);
    const y = v128.xor(x, turned);
    const e = expExact4(f32x4.neg(abs4(x)));
    const u = f32x4.add(one, e);
    const whole = v128.xor(f32x4.mul(sigmoid(y, e, u, i32x4.splat(-1)), entropyScale), turned);
    const slope = f32x4.div(e, f32x4.mul(u, u));
    storeFirst(at, madd4(v128.bitselect(ofOwn, ofOthers, t), slope, whole), <i32>((end - at) >> 2));
  }
}

/** BCE and Dice loss of some classes' logits of one image, each against the pixels of its class, and their gradients. */
export function semantic(p: SemanticParams): void {
  for (let c = 0; c < p.count; c++) {
    classLoss(p, p.planes + <usize>c * p.pitch, i32x4.splat(p.first + c), p.losses + (<usize>c << 4));
  }
}
