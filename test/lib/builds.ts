import { inject } from 'vitest';
import { CRITERIA } from '../../src/backend/programs/criteria/program.ts';
import { loadBuild } from '../../src/backend/runtime/embedded.ts';

const [baseline, relaxed] = await Promise.all(CRITERIA.builds.map(loadBuild));

/** Builds of the WASM module that this engine can compile: Node 20 knows no relaxed SIMD. */
export const builds = [
  { build: 'baseline', wasm: baseline },
  { build: 'relaxed', wasm: relaxed },
].filter(({ wasm }) => WebAssembly.validate(wasm));

/** The build that a criterion has where none is asked for. */
export const fastest = builds[builds.length - 1];

/**
 * Share of the random problems that the suites try on a build: threads have the bits of one, and the slower build is
 * the fastest of another runtime.
 */
export function effortOn(build: (typeof builds)[number], threads: number): number {
  const share = inject('effort');
  if (threads > 1) return 0.1 * share;
  return (build === fastest ? 1 : 0.25) * share;
}
