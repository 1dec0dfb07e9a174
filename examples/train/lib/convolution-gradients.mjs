import * as tf from '@tensorflow/tfjs';

/** @typedef {{ strides: number | number[], pad: string }} Convolution */

/**
 * Registers gradients of convolution for the WASM backend, which has no kernel for the filter's gradient and a slow one for
 * the input's. Its convolution is fast, and both gradients are convolutions too.
 *
 * Filters are square with k ≥ stride, tensors are NHWC, padding is 'same'.
 */
export function registerConvolutionGradients() {
  register('Conv2DBackpropFilter', filterGradient);
  register('Conv2DBackpropInput', inputGradient);
}

/**
 * @param {string} kernelName
 * @param {(inputs: any, attributes: any) => tf.Tensor} gradient
 */
function register(kernelName, gradient) {
  const backendName = 'wasm';
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => tf.tidy(() => gradient(inputs, attrs)),
  });
}

/**
 * ∂L/∂w: the input, whose channels become images and whose images channels, convolved with ∂L/∂y as a filter as large as the
 * output. A stride between outputs is that filter's dilation.
 *
 * @param {{ x: tf.Tensor4D, dy: tf.Tensor4D }} inputs [B, H, W, c] and [B, h, w, C]
 * @param {Convolution & { filterShape: number[] }} convolution
 * @returns {tf.Tensor4D} [k, k, c, C]
 */
function filterGradient({ x, dy }, { strides, pad, filterShape: [size] }) {
  const stride = strideOf(strides, pad);
  const images = /** @type {tf.Tensor4D} */ (tf.transpose(x, [3, 1, 2, 0]));
  const filter = /** @type {tf.Tensor4D} */ (tf.transpose(dy, [1, 2, 0, 3]));
  const padding = [1, 2].map((axis) => paddingOf(x.shape[axis], dy.shape[axis], size, stride));
  const gradient = tf.conv2d(images, filter, 1, explicit(padding), 'NHWC', stride);
  return tf.transpose(gradient, [1, 2, 0, 3]);
}

/**
 * ∂L/∂x: ∂L/∂y, with stride − 1 zeros after every output, convolved with the filter turned by 180°.
 *
 * @param {{ dy: tf.Tensor4D, filter: tf.Tensor4D }} inputs [B, h, w, C] and [k, k, c, C]
 * @param {Convolution & { inputShape: number[] }} convolution
 * @returns {tf.Tensor4D} [B, H, W, c]
 */
function inputGradient({ dy, filter }, { strides, pad, inputShape }) {
  const stride = strideOf(strides, pad);
  const [size] = filter.shape;
  const padding = [1, 2].map((axis) => {
    const [given] = paddingOf(inputShape[axis], dy.shape[axis], size, stride);
    const before = size - 1 - given;
    return [before, inputShape[axis] + given - dy.shape[axis] * stride];
  });
  return tf.conv2d(spread(dy, stride), turn(filter), 1, explicit(padding));
}

/**
 * @param {tf.Tensor4D} filter [k, k, c, C]
 * @returns {tf.Tensor4D} [k, k, C, c], by 180°
 */
function turn(filter) {
  const [size, , inputs, outputs] = filter.shape;
  const taps = tf.reshape(filter, [size * size, inputs, outputs]);
  // Slices are copied whole: tf.reverse goes by element, and takes a tenth of a training step
  const turned = tf.concat(tf.split(taps, size * size).reverse());
  return tf.reshape(tf.transpose(turned, [0, 2, 1]), [size, size, outputs, inputs]);
}

/**
 * @param {number | number[]} strides
 * @param {string} pad
 */
function strideOf(strides, pad) {
  if (pad !== 'same')
    throw new Error(`gradient of a convolution: needs padding 'same', got ${pad}`);
  return typeof strides === 'number' ? strides : strides[0];
}

/**
 * Numbers of pixels before and after an axis in TensorFlow's padding 'same'.
 *
 * @param {number} length
 * @param {number} outputs
 * @param {number} size
 * @param {number} stride
 */
function paddingOf(length, outputs, size, stride) {
  const total = (outputs - 1) * stride + size - length;
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/** @param {number[][]} padding of rows and columns */
function explicit([rows, columns]) {
  return /** @type {any} */ ([[0, 0], rows, columns, [0, 0]]);
}

/**
 * @param {tf.Tensor4D} outputs [B, h, w, C]
 * @param {number} stride
 * @returns {tf.Tensor4D} [B, h · stride, w · stride, C]
 */
function spread(outputs, stride) {
  if (stride === 1) return outputs;
  const [batch, height, width, channels] = outputs.shape;
  const apart = tf.reshape(outputs, [batch, height, 1, width, channels]);
  // TensorFlow.js pads fast up to four axes, so rows and columns are padded in turn
  const columns = tf.pad(tf.reshape(apart, [batch * height * width, 1, channels]), [
    [0, 0],
    [0, stride - 1],
    [0, 0],
  ]);
  const rows = tf.pad(tf.reshape(columns, [batch * height, 1, width * stride * channels]), [
    [0, 0],
    [0, stride - 1],
    [0, 0],
  ]);
  return tf.reshape(rows, [batch, height * stride, width * stride, channels]);
}
