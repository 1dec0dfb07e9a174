export { background, BACKGROUND_SCRATCH_BYTES } from './background';
export { choose } from './choose';
export { claim, resolve } from './conflicts';
export { decode } from './dfl';
export { foreground } from './foreground';
export { rank } from './rank';
export { regress, REGRESS_BIN_BYTES, REGRESS_SCRATCH_BYTES } from './regress';
export { ROTATED_SCRATCH_BYTES } from './rotated';
export { MEASURE_SCRATCH_BYTES, measurePositives, score } from './scores';
export { uprightCandidates } from './targets';

/** First byte that no constant occupies: the arena begins here. */
export function arenaBase(): usize {
  return __heap_base;
}
