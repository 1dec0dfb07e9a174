import type { Tensor } from '../types.ts';
import { evaluate, type Layer, type LayerGrad } from './mlp.ts';

/** Number of couplings, of layers in a network, and of tensors in a layer. */
const [COUPLINGS, LAYERS, TENSORS] = [6, 3, 2];

/** The weights: for the scales s, coupling 0 to 5, then for the shifts t, weight [out, in] and bias of three layers. */
export type Flow = readonly Tensor<ArrayLike<number>>[];

/** log φ(e) of an error. */
export interface LogDensity {
  value: number;
  /**
   * Adds the gradient with respect to the weights.
   *
   * @param slope gradient with respect to log φ
   * @param grads one array per tensor of the flow
   * @returns gradient with respect to the error
   */
  backward(slope: number, grads: readonly Float64Array[]): number[];
}

/**
 * Logarithm of the density of a keypoint's error under a RealNVP flow on two numbers.
 *
 * Couplings 5 to 0 change one coordinate each, given the other: z ← (z − T) · e^−S, S = tanh of one network and T the
 * output of another. log φ = −½|z|² − log 2π − ΣS.
 *
 * @param error x and y
 * Source: Dinh et al., arXiv:1605.08803, eq. 7–8; as a likelihood of keypoints: Li et al., arXiv:2107.11291
 */
export function logDensity(flow: Flow, error: readonly number[]): LogDensity {
  let z = [...error];
  let scales = 0;
  const steps: ((
    dz: readonly number[],
    slope: number,
    grads: readonly Float64Array[],
  ) => number[])[] = [];
  for (let i = COUPLINGS - 1; i >= 0; i--) {
    const step = coupling(flow, i, z);
    z = step.output;
    scales += step.scale;
    steps.push(step.backward);
  }
  return {
    value: -(z[0] ** 2 + z[1] ** 2) / 2 - Math.log(2 * Math.PI) - scales,
    backward: (slope, grads) =>
      steps.reduceRight(
        (dz, backward) => backward(dz, slope, grads),
        z.map((x) => -slope * x),
      ),
  };
}

/** One coupling, which changes x if its index is even, else y. */
function coupling(flow: Flow, index: number, z: readonly number[]) {
  const moved = index % 2;
  const kept = 1 - moved;
  const masked = [0, 0];
  masked[kept] = z[kept];
  const s = evaluate(layersOf(flow, index, tensorPair), masked);
  const t = evaluate(layersOf(flow, COUPLINGS + index, tensorPair), masked);
  const scale = Math.tanh(s.output[moved]);
  const output = [...z];
  output[moved] = (z[moved] - t.output[moved]) * Math.exp(-scale);

  const backward = (dz: readonly number[], slope: number, grads: readonly Float64Array[]) => {
    const ds = [0, 0];
    const dt = [0, 0];
    ds[moved] = (-slope - dz[moved] * output[moved]) * (1 - scale ** 2);
    dt[moved] = -dz[moved] * Math.exp(-scale);
    const fromS = s.backward(ds, layersOf(grads, index, gradPair));
    const fromT = t.backward(dt, layersOf(grads, COUPLINGS + index, gradPair));
    const grad = [0, 0];
    grad[moved] = dz[moved] * Math.exp(-scale);
    grad[kept] = dz[kept] + fromS[kept] + fromT[kept];
    return grad;
  };
  return { output, scale, backward };
}

const tensorPair = (weight: Flow[number], bias: Flow[number]): Layer => ({
  weight: weight.data,
  bias: bias.data,
});
const gradPair = (weight: Float64Array, bias: Float64Array): LayerGrad => ({ weight, bias });

/** Layers of a network: those of s count first, then those of t. */
function layersOf<T, Pair>(
  all: readonly T[],
  network: number,
  pair: (weight: T, bias: T) => Pair,
): Pair[] {
  return Array.from({ length: LAYERS }, (_, layer) => {
    const first = (network * LAYERS + layer) * TENSORS;
    return pair(all[first], all[first + 1]);
  });
}
