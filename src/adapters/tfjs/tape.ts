import { BackendError } from '../../index.ts';
import { leavesOf, mapLeaves, type Tree } from '../tree.ts';
import { isTfTensor, type TapeNode, type TfApi } from './api.ts';
import type { TfTensor } from './types.ts';

/** A forward pass whose way back is still to come. */
export interface Recording {
  /** Kept until `release`. */
  predictions: Tree<TfTensor>;
  tape: TapeNode[];
}

/**
 * Runs a forward pass and takes its tape out of the engine, so that the way back may be gone after a wait. Running the
 * model twice instead would cost more, and a second pass is another one where there is dropout or batch normalisation.
 */
export function record(tf: TfApi, forward: () => unknown): Recording {
  const { state } = tf.engine();
  if (state.gradientDepth > 0) {
    throw new BackendError(
      'SYNC_UNAVAILABLE',
      'valueAndGrads: cannot wait inside of what TensorFlow.js differentiates; call the loss itself there',
    );
  }
  const recording: Recording = { predictions: [], tape: [] };
  tf.tidy(() => {
    const nothing = tf.scalar(0);
    const run = () => {
      try {
        // Clones, so that what a model merely hands on stays its owner's
        recording.predictions = mapLeaves(forward() as Tree<TfTensor>, isTfTensor, (tensor) =>
          tf.keep(tensor.clone()),
        );
      } finally {
        recording.tape = state.activeTape ?? [];
        state.activeTape = [];
      }
      return nothing.clone();
    };
    try {
      tf.engine().gradients(run, [nothing], undefined, true);
    } catch (error) {
      release(recording);
      throw error;
    }
  });
  return recording;
}

/** Gradients of variables by name, back from `gradients`, which are the predictions' and used up. */
export function playBack(
  tf: TfApi,
  { predictions, tape }: Recording,
  gradients: TfTensor[],
  variables: unknown,
): Record<string, TfTensor> {
  const end = tf.customGrad(() => ({ value: tf.scalar(0), gradFunc: () => gradients }));
  const forward = () => {
    tf.engine().state.activeTape?.push(...tape);
    return end(...leavesOf(predictions, isTfTensor));
  };
  try {
    // Also what TensorFlow.js leaves behind where it throws
    return tf.tidy(() => ownMemory(tf, tf.variableGrads(forward, variables).grads, gradients));
  } finally {
    for (const tensor of gradients) tensor.dispose();
  }
}

/** Of a variable that is a prediction, the gradient is the prediction's own, whose memory is about to be used again. */
function ownMemory(
  tf: TfApi,
  grads: Record<string, TfTensor>,
  gradients: TfTensor[],
): Record<string, TfTensor> {
  const used = new Set(gradients.map(({ dataId }) => dataId));
  const owned = Object.entries(grads).map(([name, grad]) => {
    if (!used.has(grad.dataId)) return [name, grad];
    return [name, tf.mul(grad, 1)];
  });
  return Object.fromEntries(owned);
}

/** Disposes of what a recording still holds. */
export function release({ predictions, tape }: Recording): void {
  for (const tensor of leavesOf(predictions, isTfTensor)) tensor.dispose();
  // The engine may have: what is disposed of stays so
  for (const { saved } of tape) {
    for (const tensor of saved ?? []) tensor.dispose();
  }
}
