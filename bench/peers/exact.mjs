/**
 * Computes Σ log(1 + exp x) in float64.
 *
 * @param {Float32Array} logits
 */
export function sumOfSoftplus(logits) {
  let sum = 0;
  for (const x of logits) sum += Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  return sum;
}

/**
 * Computes ‖gradient − sigmoid(x)‖ / ‖sigmoid(x)‖ in float64.
 *
 * @param {Float32Array} logits
 * @param {Float32Array} gradient
 */
export function errorOfSigmoid(logits, gradient) {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < logits.length; i++) {
    const exact = 1 / (1 + Math.exp(-logits[i]));
    difference += (gradient[i] - exact) ** 2;
    norm += exact ** 2;
  }
  return Math.sqrt(difference / norm);
}
