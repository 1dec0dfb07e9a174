import { sigmoid } from './sigmoid.ts';

/** A linear layer: outputs weight · x + bias. */
export interface Layer {
  /** [out, in] flat */
  weight: ArrayLike<number>;
  /** [out] */
  bias: ArrayLike<number>;
}

/** Gradients of a layer, flat, to which is added. */
export interface LayerGrad {
  weight: Float64Array;
  bias: Float64Array;
}

/** An evaluated network. */
export interface Evaluated {
  output: number[];
  /**
   * Adds the gradient with respect to the weights.
   *
   * @param grad with respect to the output
   * @returns gradient with respect to the input
   */
  backward(grad: readonly number[], grads: readonly LayerGrad[]): number[];
}

/** Evaluates linear layers with SiLU, x · sigmoid(x), between them. */
export function evaluate(layers: readonly Layer[], input: readonly number[]): Evaluated {
  const inputs: number[][] = [];
  const sums: number[][] = [];
  let values = [...input];
  layers.forEach((layer, l) => {
    inputs.push(values);
    sums.push(linear(layer, values));
    values = l < layers.length - 1 ? sums[l].map((x) => x * sigmoid(x)) : sums[l];
  });
  return {
    output: values,
    backward: (grad, grads) => {
      let slopes = [...grad];
      for (let l = layers.length - 1; l >= 0; l--) {
        if (l < layers.length - 1) slopes = slopes.map((slope, j) => slope * siluSlope(sums[l][j]));
        slopes = linearGrad(layers[l], inputs[l], slopes, grads[l]);
      }
      return slopes;
    },
  };
}

function linear({ weight, bias }: Layer, x: readonly number[]): number[] {
  return Array.from(bias, (b, j) => x.reduce((sum, v, i) => sum + weight[j * x.length + i] * v, b));
}

function linearGrad(
  { weight }: Layer,
  x: readonly number[],
  slopes: readonly number[],
  grad: LayerGrad,
): number[] {
  slopes.forEach((slope, j) => {
    grad.bias[j] += slope;
    x.forEach((v, i) => {
      grad.weight[j * x.length + i] += slope * v;
    });
  });
  return x.map((_, i) => slopes.reduce((sum, s, j) => sum + s * weight[j * x.length + i], 0));
}

function siluSlope(x: number): number {
  const p = sigmoid(x);
  return p * (1 + x * sigmoid(-x));
}
