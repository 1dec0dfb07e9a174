import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { registerConvolutionGradients } from './convolution-gradients.mjs';

/** Starts TensorFlow.js on WebAssembly with SIMD, its fastest backend without a GPU that npm alone can install. */
export async function startEngine() {
  if (!(await tf.setBackend('wasm'))) throw new Error("TensorFlow.js' WASM backend did not start");
  registerConvolutionGradients();
}
