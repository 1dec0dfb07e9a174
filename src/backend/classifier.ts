import type { CriterionBackend } from './backend.ts';
import type { LossBackend } from './loss-backend.ts';
import type { WasmOptions } from './wasm/lease.ts';
import { createWasmLosses } from './wasm/plain/index.ts';
import { wasmReason } from './wasm-reason.ts';

/** What a backend does for a classifier's criterion. */
export type ClassifierBackend = CriterionBackend & Pick<LossBackend, 'crossEntropy'>;

/** The backend of the plain losses, as a criterion wants it. Throws BackendError. */
export async function createClassifier(
  action: string,
  wanted: WasmOptions & { backend: 'auto' | 'wasm' | 'webgpu' },
): Promise<ClassifierBackend> {
  const reason = wasmReason(action, 'losses of classifiers', wanted.backend);
  const losses = await createWasmLosses(action, reason, wanted);
  return {
    name: losses.name,
    reason,
    get threads() {
      return losses.threads;
    },
    get threadsReason() {
      return losses.threadsReason;
    },
    takesBuffers: false,
    crossEntropy: (...call) => losses.crossEntropy(...call),
    allocate: (length) => losses.allocate(length),
    dispose: () => losses.dispose(),
  };
}
