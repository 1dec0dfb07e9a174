import type { CriterionBackend } from './backend.ts';
import type { LossBackend } from './loss-backend.ts';
import { selectLossBackend, type WantedLosses } from './select-losses.ts';

/** What a backend does for a classifier's criterion. */
export type ClassifierBackend = CriterionBackend &
  Pick<LossBackend, 'crossEntropy' | 'checkFinite'>;

/** The backend of the plain losses, as a criterion wants it. Throws BackendError. */
export async function createClassifier(
  action: string,
  wanted: WantedLosses,
): Promise<ClassifierBackend> {
  const losses = await selectLossBackend(action, wanted);
  const { name, reason, takesBuffers, createBuffer, checkFinite } = losses;
  return {
    name,
    reason,
    get threads() {
      return losses.threads;
    },
    get threadsReason() {
      return losses.threadsReason;
    },
    takesBuffers,
    crossEntropy: (...call) => losses.crossEntropy(...call),
    allocate: (length) => losses.allocate(length),
    ...(createBuffer && { createBuffer }),
    ...(checkFinite && { checkFinite }),
    dispose: () => losses.dispose(),
  };
}
