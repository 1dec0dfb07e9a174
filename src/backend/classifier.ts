import type { Backend, BackendCall } from './backend.ts';
import { lengthOf } from './inputs.ts';
import type { LossBackend } from './loss-backend.ts';
import { selectLossBackend, type WantedLosses } from './select-losses.ts';

/** A call of a classifier's criterion. */
export type ClassifierCall = BackendCall & Pick<LossBackend, 'crossEntropy' | 'checkFinite'>;

/** Creates the backend of a classifier's criterion from the backend of the plain losses. Throws BackendError. */
export async function createClassifier(
  action: string,
  wanted: WantedLosses,
): Promise<Backend<ClassifierCall>> {
  const losses = await selectLossBackend(action, wanted);
  const { name, reason, takesBuffers } = losses;
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
    open: (action) => ({
      crossEntropy: (...call) => losses.crossEntropy(...call),
      checkFinite: (...call) => losses.checkFinite(...call),
      allocate: (like) => losses.allocateBeside(action, like, lengthOf(like)),
      end() {},
    }),
    allocate: (length) => losses.allocate(length),
    dispose: () => losses.dispose(),
  };
}
