import { BASELINE, RELAXED } from '../../src/backend/wasm/binary.ts';
import { testAdapter, testDevice } from './gpu.ts';

const decode = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** Builds of the WASM module that this engine can compile: Node 20 knows no relaxed SIMD. */
export const builds = [
  { build: 'baseline', wasm: decode(BASELINE) },
  { build: 'relaxed', wasm: decode(RELAXED) },
].filter(({ wasm }) => WebAssembly.validate(wasm));

/** Devices with and without subgroups; Deno's WebGPU has none on a software adapter. */
const features: [name: string, features: GPUFeatureName[]][] = [['webgpu, workgroup memory', []]];
if ((await testAdapter()).features.has('subgroups')) {
  features.push(['webgpu, subgroups', ['subgroups']]);
}

export const gpuBackends = await Promise.all(
  features.map(async ([name, needed]) => ({
    name,
    config: { backend: 'webgpu' as const, device: await testDevice(needed), wasm: undefined },
    /** float32, where the WASM backend has float64: see ARCHITECTURE.md. */
    bound: 2e-5,
    /** The variant that users of this adapter get has all; the other differs in how a workgroup adds up. */
    effort: needed.length + 1 === features.length ? 1 : 0.1,
  })),
);

/** What every suite of a criterion runs on: a backend, and the error it is allowed. */
export const backends = [
  ...builds.map(({ build, wasm }) => ({
    name: `wasm, ${build}`,
    config: { backend: 'wasm' as const, wasm, device: undefined },
    /** Relative error of items and total, relative L2 error of gradients and scores. */
    bound: 2e-6,
    /** Share of the random problems that the suites try on it. */
    effort: 1,
  })),
  ...gpuBackends,
];
