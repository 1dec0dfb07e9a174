/** Backends every suite of a criterion runs on, and the error each is allowed. */
export const backends = [
  /** Relative error of items and total, relative L2 error of gradients and scores. */
  { backend: 'wasm', bound: 2e-6 },
] as const;
