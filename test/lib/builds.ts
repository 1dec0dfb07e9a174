import { embeddedBuilds } from '../../src/backend/wasm/module.ts';
import { CRITERIA } from '../../src/backend/wasm/program.ts';

const [baseline, relaxed] = await embeddedBuilds(CRITERIA);

/** Builds of the WASM module that this engine can compile: Node 20 knows no relaxed SIMD. */
export const builds = [
  { build: 'baseline', wasm: baseline },
  { build: 'relaxed', wasm: relaxed },
].filter(({ wasm }) => WebAssembly.validate(wasm));
