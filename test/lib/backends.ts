import { BASELINE, RELAXED } from '../../src/backend/wasm/binary.ts';

const decode = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** Builds of the WASM module that this engine can compile: Node 20 knows no relaxed SIMD. */
export const builds = [
  { build: 'baseline', wasm: decode(BASELINE) },
  { build: 'relaxed', wasm: decode(RELAXED) },
].filter(({ wasm }) => WebAssembly.validate(wasm));

/** What every suite of a criterion runs on: a backend, and the error it is allowed. */
export const backends = builds.map(({ build, wasm }) => ({
  name: `wasm, ${build}`,
  config: { backend: 'wasm' as const, wasm },
  /** Relative error of items and total, relative L2 error of gradients and scores. */
  bound: 2e-6,
}));
