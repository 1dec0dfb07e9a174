import { BackendError } from '../../index.ts';
import { leavesOf, mapLeaves, type Tree } from '../tree.ts';
import { isTfTensor, type TapeNode, type TfApi } from './api.ts';
import type { TfTensor } from './types.ts';

/** A forward pass whose backward pass is yet to run. */
export interface Recording {
  /** Predictions, which stay alive until `release`. */
  predictions: Tree<TfTensor>;
  tape: TapeNode[];
}

/**
 * Runs a forward pass and removes its tape from the engine, so that the backward pass can run after an await. A second
 * forward pass would cost more, and differ with dropout or batch normalisation.
 */
export function record(tf: TfApi, forward: () => unknown): Recording {
  const { state } = tf.engine();
  if (state.gradientDepth > 0) {
    throw new BackendError(
      'SYNC_UNAVAILABLE',
      'valueAndGrad: cannot wait inside of what TensorFlow.js differentiates; call the loss itself there',
    );
  }
  const recording: Recording = { predictions: [], tape: [] };
  tf.tidy(() => {
    const nothing = tf.scalar(0);
    const run = () => {
      try {
        // Clones, because the model may return its own input
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

/** Runs the backward pass from the predictions' gradients, which it disposes of. Returns variables' gradients by name. */
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
    // tf.tidy also disposes of tensors that TensorFlow.js leaks when it throws
    return tf.tidy(() => ownMemory(tf, tf.variableGrads(forward, variables).grads, gradients));
  } finally {
    for (const tensor of gradients) tensor.dispose();
  }
}

/** Copies gradients of variables that are predictions, because the memory they share is about to be overwritten. */
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

/** Disposes of the tensors that a recording still holds. */
export function release({ predictions, tape }: Recording): void {
  for (const tensor of leavesOf(predictions, isTfTensor)) tensor.dispose();
  // The engine may have disposed of some already; a second dispose does nothing
  for (const { saved } of tape) {
    for (const tensor of saved ?? []) tensor.dispose();
  }
}
