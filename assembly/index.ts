export { align } from './align';
export { background } from './background';
export { choose } from './choose';
export { resolve, vote } from './conflicts';
export { decode } from './dfl';
export { foreground } from './foreground';
export { iou } from './iou';
export { overlap } from './overlap';
export { keypoints } from './keypoints';
export { masks } from './masks';
export { probIou } from './prob-iou';
export { regress } from './regress';
export { rotatedCandidates } from './rotated-targets';
export { alignPositives, score } from './scores';
export { candidates, prepareTargets } from './targets';
export { topk } from './topk';

/** First byte that no constant occupies: the arena begins here. */
export function arenaBase(): usize {
  return __heap_base;
}
