export { depthGrad, depthSums } from './depth';
export { resizedSoftmaxGrad, resizedSoftmaxSums } from './resized-softmax';
export { softmaxGrad, softmaxSums } from './softmax';

/** First byte behind the constants: the arena begins here. */
export function arenaBase(): usize {
  return __heap_base;
}
