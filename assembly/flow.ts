// A RealNVP flow on two numbers, of eight rows at a time: a panel has one double for each row, in four vectors.
import { expm1Wide } from './lib/expm1';
import { expWide, sumWide } from './lib/f64x2';
import { exponentialOf, inverseOf, sigmoidOf } from './lib/logistic';

/** Rows of a panel, and bytes. */
export const PANEL_ROWS: i32 = 8;
export const PANEL: usize = 64;
/** Number of couplings. */
const COUPLINGS: usize = 6;
/** Panels of a coupling beside its networks': z before it, S, e^−S. */
const COUPLING_PANELS: usize = 4;
/** Panels of a network for each hidden number: sum, sigmoid and output of both layers. */
const LAYER_PANELS: usize = 3;

/** Panels of two layers' gradients, and of two outputs' gradients. */
const GRAD_PANELS: usize = 2;

/** Bytes of memory that a flow needs, and more of them for each hidden number. */
export const FLOW_BYTES: usize = (COUPLINGS * COUPLING_PANELS + GRAD_PANELS) * PANEL;
export const FLOW_HIDDEN_BYTES: usize = (COUPLINGS * 2 * 2 * LAYER_PANELS + GRAD_PANELS) * PANEL;

/** Weights, gradients and memory of a flow. */
@unmanaged
export class FlowParams {
  /** Number of hidden numbers H of each layer. */
  hidden: i32;
  /** f32: for the scales, coupling 0 to 5, then for the shifts: weights [H, 2], biases [H], [H, H], [H], [2, H], [2]. */
  flow: usize;
  /** f64, as `flow`, to which gradients are added. */
  flowGrads: usize;
  /** FLOW_BYTES bytes, and FLOW_HIDDEN_BYTES for each hidden number. */
  memory: usize;
}

/** Elements of a network. */
// @ts-ignore: decorator
@inline
function networkLength(hidden: i32): usize {
  const h = <usize>hidden;
  return h * h + 6 * h + 2;
}

/** Panels of one network, of both layers. */
// @ts-ignore: decorator
@inline
function networkBytes(hidden: i32): usize {
  return 2 * LAYER_PANELS * <usize>hidden * PANEL;
}

/** Panels of one coupling. */
// @ts-ignore: decorator
@inline
function couplingBytes(hidden: i32): usize {
  return 2 * networkBytes(hidden) + COUPLING_PANELS * PANEL;
}

// @ts-ignore: decorator
@inline
function weightAt(at: usize): v128 {
  return f64x2.splat(<f64>load<f32>(at));
}

/** Adds w · x to the panel y. */
function addScaled(y: usize, w: v128, x: usize): void {
  v128.store(y, f64x2.add(v128.load(y), f64x2.mul(w, v128.load(x))));
  v128.store(y, f64x2.add(v128.load(y, 16), f64x2.mul(w, v128.load(x, 16))), 16);
  v128.store(y, f64x2.add(v128.load(y, 32), f64x2.mul(w, v128.load(x, 32))), 32);
  v128.store(y, f64x2.add(v128.load(y, 48), f64x2.mul(w, v128.load(x, 48))), 48);
}

/** Sum over the rows of the products of two panels. */
function dot(a: usize, b: usize): f64 {
  const first = f64x2.add(f64x2.mul(v128.load(a), v128.load(b)), f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
  const last = f64x2.add(f64x2.mul(v128.load(a, 32), v128.load(b, 32)), f64x2.mul(v128.load(a, 48), v128.load(b, 48)));
  return sumWide(f64x2.add(first, last));
}

/** Adds to each of `count` doubles the sum over the rows of the products of a panel and that double's panel. */
function addDots(own: usize, panels: usize, count: i32, to: usize): void {
  const a = v128.load(own);
  const b = v128.load(own, 16);
  const c = v128.load(own, 32);
  const d = v128.load(own, 48);
  const end = panels + <usize>count * PANEL;
  for (let x = panels; x < end; x += PANEL) {
    const first = f64x2.add(f64x2.mul(a, v128.load(x)), f64x2.mul(b, v128.load(x, 16)));
    const last = f64x2.add(f64x2.mul(c, v128.load(x, 32)), f64x2.mul(d, v128.load(x, 48)));
    addTo(to, sumWide(f64x2.add(first, last)));
    to += 8;
  }
}

/** Sum over the rows of a panel. */
function sumRows(a: usize): f64 {
  return sumWide(f64x2.add(f64x2.add(v128.load(a), v128.load(a, 16)), f64x2.add(v128.load(a, 32), v128.load(a, 48))));
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, term: f64): void {
  store<f64>(at, load<f64>(at) + term);
}

/**
 * Writes bias + Σ weight · input to a panel.
 *
 * @param step bytes from one weight to the next
 */
function weigh(bias: v128, weights: usize, step: usize, inputs: usize, count: i32, to: usize): void {
  let a = bias;
  let b = bias;
  let c = bias;
  let d = bias;
  const end = inputs + <usize>count * PANEL;
  for (let x = inputs; x < end; x += PANEL) {
    const w = weightAt(weights);
    a = f64x2.add(a, f64x2.mul(w, v128.load(x)));
    b = f64x2.add(b, f64x2.mul(w, v128.load(x, 16)));
    c = f64x2.add(c, f64x2.mul(w, v128.load(x, 32)));
    d = f64x2.add(d, f64x2.mul(w, v128.load(x, 48)));
    weights += step;
  }
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

/** SiLU of a layer's sums: x · sigmoid(x). */
function activate(layer: usize, hidden: i32): void {
  const bytes = <usize>hidden * PANEL;
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = v128.load(layer + at);
    const e = exponentialOf(x);
    const p = sigmoidOf(x, e, inverseOf(e));
    v128.store(layer + bytes + at, p);
    v128.store(layer + 2 * bytes + at, f64x2.mul(x, p));
  }
}

/** Multiplies gradients by the slope of SiLU, p · (1 + x · (1 − p)). */
function deactivate(layer: usize, hidden: i32, grads: usize): void {
  const bytes = <usize>hidden * PANEL;
  const one = f64x2.splat(1);
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = v128.load(layer + at);
    const p = v128.load(layer + bytes + at);
    const slope = f64x2.mul(p, f64x2.add(one, f64x2.mul(x, f64x2.sub(one, p))));
    v128.store(grads + at, f64x2.mul(v128.load(grads + at), slope));
  }
}

/** Evaluates the output `moved` of a network whose input `1 − moved` is the panel z, the other one being 0. */
function evaluate(weights: usize, hidden: i32, layers: usize, z: usize, moved: i32, to: usize): void {
  const h = <usize>hidden;
  const bytes = h * PANEL;
  const second = layers + LAYER_PANELS * bytes;
  const bias1 = weights + 8 * h;
  const weights2 = bias1 + 4 * h;
  const bias2 = weights2 + 4 * h * h;
  const weights3 = bias2 + 4 * h;
  for (let j: usize = 0; j < h; j++) {
    weigh(weightAt(bias1 + 4 * j), weights + 8 * j + 4 * <usize>(1 - moved), 0, z, 1, layers + j * PANEL);
  }
  activate(layers, hidden);
  for (let j: usize = 0; j < h; j++) {
    weigh(weightAt(bias2 + 4 * j), weights2 + 4 * j * h, 4, layers + 2 * bytes, hidden, second + j * PANEL);
  }
  activate(second, hidden);
  const bias3 = weights3 + 8 * h + 4 * <usize>moved;
  weigh(weightAt(bias3), weights3 + 4 * h * <usize>moved, 4, second + 2 * bytes, hidden, to);
}

/**
 * Adds the gradient of a network's weights, and that of its input to the panel `zGrad`.
 *
 * @param by gradient with respect to the output
 * @param scratch 2 · hidden panels
 */
function backpropagate(
  weights: usize,
  grads: usize,
  hidden: i32,
  layers: usize,
  z: usize,
  moved: i32,
  by: usize,
  zGrad: usize,
  scratch: usize,
): void {
  const h = <usize>hidden;
  const bytes = h * PANEL;
  const second = layers + LAYER_PANELS * bytes;
  const outputs1 = layers + 2 * bytes;
  const outputs2 = second + 2 * bytes;
  const weights2 = weights + 12 * h;
  const weights3 = weights2 + 4 * h * h + 4 * h + 4 * h * <usize>moved;
  const gradsBias1 = grads + 16 * h;
  const grads2 = gradsBias1 + 8 * h;
  const gradsBias2 = grads2 + 8 * h * h;
  const grads3 = gradsBias2 + 8 * h;
  const bySecond = scratch;
  const byFirst = scratch + bytes;
  const none = f64x2.splat(0);
  addTo(grads3 + 16 * h + 8 * <usize>moved, sumRows(by));
  addDots(by, outputs2, hidden, grads3 + 8 * h * <usize>moved);
  for (let i: usize = 0; i < h; i++) weigh(none, weights3 + 4 * i, 0, by, 1, bySecond + i * PANEL);
  deactivate(second, hidden, bySecond);
  for (let j: usize = 0; j < h; j++) {
    const own = bySecond + j * PANEL;
    addTo(gradsBias2 + 8 * j, sumRows(own));
    addDots(own, outputs1, hidden, grads2 + 8 * j * h);
  }
  for (let i: usize = 0; i < h; i++) {
    weigh(none, weights2 + 4 * i, 4 * h, bySecond, hidden, byFirst + i * PANEL);
  }
  deactivate(layers, hidden, byFirst);
  const kept = <usize>(1 - moved);
  for (let j: usize = 0; j < h; j++) {
    const own = byFirst + j * PANEL;
    addTo(gradsBias1 + 8 * j, sumRows(own));
    addTo(grads + 8 * (2 * j + kept), dot(own, z));
    addScaled(zGrad, weightAt(weights + 4 * (2 * j + kept)), own);
  }
}

/**
 * Writes log φ + log 2π of eight errors: couplings 5 to 0 change one coordinate each, given the other, z ← (z − T) · e^−S;
 * then −½|z|² − ΣS.
 *
 * @param z panels of x and y, which become those of the flow's result
 * @param to a panel
 * Source: Dinh et al., arXiv:1605.08803, eq. 7–8
 */
export function logDensity(p: FlowParams, z: usize, to: usize): void {
  const hidden = p.hidden;
  const network: usize = <usize>4 * networkLength(hidden);
  const half = f64x2.splat(-0.5);
  for (let at: usize = 0; at < PANEL; at += 16) v128.store(to + at, f64x2.splat(0));
  for (let i = <i32>COUPLINGS - 1; i >= 0; i--) {
    const moved = i & 1;
    const panels = p.memory + <usize>i * couplingBytes(hidden);
    const own = panels + COUPLING_PANELS * PANEL;
    const scale = panels + 2 * PANEL;
    const shift = panels + 3 * PANEL;
    memory.copy(panels, z, 2 * PANEL);
    const kept = panels + <usize>(1 - moved) * PANEL;
    evaluate(p.flow + <usize>i * network, hidden, own, kept, moved, scale);
    evaluate(p.flow + (COUPLINGS + <usize>i) * network, hidden, own + networkBytes(hidden), kept, moved, shift);
    const changed = z + <usize>moved * PANEL;
    for (let at: usize = 0; at < PANEL; at += 16) {
      // tanh, with expm1(2x)/(expm1(2x) + 2)
      const x = v128.load(scale + at);
      const e = expm1Wide(f64x2.add(x, x));
      const s = f64x2.div(e, f64x2.add(e, f64x2.splat(2)));
      v128.store(scale + at, s);
      const apart = f64x2.sub(v128.load(changed + at), v128.load(shift + at));
      v128.store(changed + at, f64x2.mul(apart, expWide(f64x2.neg(s))));
      v128.store(to + at, f64x2.sub(v128.load(to + at), s));
    }
  }
  for (let at: usize = 0; at < PANEL; at += 16) {
    const x = v128.load(z + at);
    const y = v128.load(z + PANEL + at);
    const squares = f64x2.add(f64x2.mul(x, x), f64x2.mul(y, y));
    v128.store(to + at, f64x2.add(v128.load(to + at), f64x2.mul(half, squares)));
  }
}

/**
 * Gradient of `logDensity`, which was called before; adds that of the weights.
 *
 * @param z panels of the flow's result, which become gradients with respect to the errors
 * @param by panel of factors
 */
export function logDensityGrad(p: FlowParams, z: usize, by: usize): void {
  const hidden = p.hidden;
  const length = networkLength(hidden);
  const scratch = p.memory + COUPLINGS * couplingBytes(hidden);
  const byScale = scratch + 2 * <usize>hidden * PANEL;
  const byShift = byScale + PANEL;
  const one = f64x2.splat(1);
  // The last coupling's result, of which the gradient is −z
  let after = z;
  const grads = by + PANEL;
  for (let at: usize = 0; at < PANEL; at += 16) {
    const factor = f64x2.neg(v128.load(by + at));
    v128.store(grads + at, f64x2.mul(factor, v128.load(z + at)));
    v128.store(grads + PANEL + at, f64x2.mul(factor, v128.load(z + PANEL + at)));
  }
  for (let i = 0; i < <i32>COUPLINGS; i++) {
    const moved = i & 1;
    const panels = p.memory + <usize>i * couplingBytes(hidden);
    const own = panels + COUPLING_PANELS * PANEL;
    const scale = panels + 2 * PANEL;
    const kept = panels + <usize>(1 - moved) * PANEL;
    const changed = grads + <usize>moved * PANEL;
    const result = after + <usize>moved * PANEL;
    for (let at: usize = 0; at < PANEL; at += 16) {
      const s = v128.load(scale + at);
      const grad = v128.load(changed + at);
      const passed = f64x2.mul(grad, expWide(f64x2.neg(s)));
      const bySum = f64x2.neg(f64x2.add(v128.load(by + at), f64x2.mul(grad, v128.load(result + at))));
      v128.store(byScale + at, f64x2.mul(bySum, f64x2.sub(one, f64x2.mul(s, s))));
      v128.store(byShift + at, f64x2.neg(passed));
      v128.store(changed + at, passed);
    }
    const keptGrad = grads + <usize>(1 - moved) * PANEL;
    for (let network = 0; network < 2; network++) {
      const first = (<usize>network * COUPLINGS + <usize>i) * length;
      const layers = own + <usize>network * networkBytes(hidden);
      const byOutput = network == 0 ? byScale : byShift;
      backpropagate(p.flow + 4 * first, p.flowGrads + 8 * first, hidden, layers, kept, moved, byOutput, keptGrad, scratch);
    }
    after = panels;
  }
  memory.copy(z, grads, 2 * PANEL);
}
