import { lossBackends } from '../loss-backends.ts';

/** Backends of tasks whose kernels have one build; the GPU's variants are those of the plain losses. */
export const oneBuildBackends = lossBackends.map(({ config, effort, ...own }) => ({
  ...own,
  config: { wasm: undefined, device: undefined, ...config },
  effort: config.threads === 1 ? effort : 0.1 * effort,
}));
