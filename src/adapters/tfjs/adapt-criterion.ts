import { BackendError, DetlossError } from '../../index.ts';
import type { Tensor, TensorData } from '../../types.ts';
import type { AnyCriterion, LooseCriterion, ValueOf } from '../any-criterion.ts';
import { checkArguments, checkFloat32 } from '../check-arguments.ts';
import { leavesOf, mapLeaves, matchLeaves, type Tree } from '../tree.ts';
import { isTfTensor, type TfApi } from './api.ts';
import { SpareGradients } from './spare-gradients.ts';
import { playBack, record, release } from './tape.ts';
import type { Model, TensorFlow, TfLoss, TfTensor } from './types.ts';

type Predictions = Tree<TfTensor>;

/**
 * Adapts a criterion of any task to TensorFlow.js: returns a loss function of tensors, which `optimizer.minimize`,
 * `tf.variableGrads` and `tf.grads` differentiate. Gradients are of first order: assignment and scores are constants.
 *
 * Models of TensorFlow.js are channels-last: create the criterion with `layout: 'nhwc'`. For `valueAndGrad` on
 * TensorFlow.js' WebGPU backend, create it with `device: tf.backend().device`.
 *
 * @param tf the TensorFlow.js that made the tensors. A program may contain several copies, and each knows only its own
 * tensors
 * @throws {ConfigError} INVALID_OPTION: an argument is no criterion, or not TensorFlow.js
 */
export function adaptCriterion<Criterion extends AnyCriterion, Tf extends TensorFlow>(
  criterion: Criterion,
  tf: Tf,
): TfLoss<Criterion, Tf> {
  checkArguments(criterion, tf, {
    parameter: 'tf',
    needed: 'your TensorFlow.js',
    method: 'customGrad',
  });
  const adapter = new TfAdapter(criterion, tf);
  const loss = (predictions: Predictions, targets: unknown, options?: object) =>
    adapter.loss(predictions, targets, options);
  Object.defineProperty(loss, 'latest', { get: () => adapter.latest });
  loss.valueAndGrad = adapter.valueAndGrad.bind(adapter);
  return loss as unknown as TfLoss<Criterion, Tf>;
}

class TfAdapter<Criterion extends AnyCriterion> {
  readonly #criterion: LooseCriterion;
  readonly #tf: TfApi;
  readonly #spare = new SpareGradients();
  latest: ValueOf<Criterion> | undefined;

  constructor(criterion: Criterion, tf: TensorFlow) {
    this.#criterion = criterion as unknown as LooseCriterion;
    this.#tf = tf as unknown as TfApi;
  }

  loss(predictions: Predictions, targets: unknown, options?: object): TfTensor {
    const tf = this.#tf;
    this.#checkAtOnce();
    const given = leavesOf(predictions, isTfTensor);
    checkFloat32('loss', given);
    const onHost = mapLeaves(predictions, isTfTensor, (tensor) =>
      hostTensor(tensor, tensor.dataSync()),
    );
    if (tf.engine().state.gradientDepth === 0) {
      const value = inLoss(() => this.#criterion.valueSync(onHost, targets, options));
      this.latest = value as ValueOf<Criterion>;
      return tf.scalar(value.total);
    }
    const out = this.#spare.take(given);
    const all = { ...options, out };
    const call = () => this.#criterion.valueAndGradSync(onHost, targets, all);
    const { grads, ...value } = inLoss(call);
    this.latest = value as ValueOf<Criterion>;
    const gradFunc = (dy: TfTensor) => {
      const factor = dy.dataSync()[0];
      const tensors = matchLeaves(predictions, isTfTensor, grads).map((grad) => {
        const tensor = tf.tensor(grad.data, [...grad.shape], 'float32');
        return factor === 1 ? tensor : tf.mul(tensor, factor);
      });
      // Other backends keep the array as the tensor's memory
      if (tf.getBackend() === 'wasm') this.#spare.give(grads);
      return tensors;
    };
    return tf.customGrad(() => ({ value: tf.scalar(value.total), gradFunc }))(...given);
  }

  /** Refuses WebGPU: TensorFlow.js reads it synchronously through canvases, and may lose the device. */
  #checkAtOnce(): void {
    const isGpu = this.#tf.getBackend() === 'webgpu';
    if (!isGpu && this.#criterion.backend === 'wasm') return;
    const got = isGpu ? "TensorFlow.js' webgpu backend" : 'a criterion on WebGPU';
    throw new BackendError(
      'SYNC_UNAVAILABLE',
      `loss: needs tensors on cpu, wasm or webgl and a criterion on WASM, got ${got}; use valueAndGrad`,
    );
  }

  async valueAndGrad<Input>(
    model: Model<Input>,
    x: Input,
    targets: unknown,
    { variables, ...options }: { variables?: unknown } = {},
  ): Promise<unknown> {
    const recording = record(this.#tf, () => predict(model, x));
    try {
      const { predictions } = recording;
      const { grads, ...value } = await this.#onDevice(predictions, targets, options);
      this.latest = value as ValueOf<Criterion>;
      const tensors = this.#toTensors(matchLeaves(predictions, isTfTensor, grads));
      const byName = playBack(this.#tf, recording, tensors, variables);
      // TensorFlow.js submits its pending work before the next call writes
      if (this.#criterion.backend === 'webgpu') this.#spare.give(grads);
      return { ...value, grads: byName };
    } finally {
      release(recording);
    }
  }

  /** Calls the criterion on the predictions' buffers if both are on WebGPU, else on copies that are read asynchronously. */
  async #onDevice(predictions: Predictions, targets: unknown, options: object) {
    const given = leavesOf(predictions, isTfTensor);
    checkFloat32('valueAndGrad', given);
    if (this.#tf.getBackend() !== 'webgpu' || this.#criterion.backend !== 'webgpu') {
      const data = await Promise.all(given.map((tensor) => tensor.data()));
      let next = 0;
      const onHost = mapLeaves(predictions, isTfTensor, (tensor) =>
        hostTensor(tensor, data[next++]),
      );
      return this.#criterion.valueAndGrad(onHost, targets, options);
    }
    const references: TfTensor[] = [];
    const onGpu = mapLeaves(predictions, isTfTensor, (tensor) => {
      // Small tensors may still be on the host
      this.#tf.backend().uploadToGPU?.(tensor.dataId);
      const { tensorRef, buffer } = tensor.dataToGPU();
      references.push(tensorRef);
      return { data: buffer, shape: tensor.shape };
    });
    try {
      const out = this.#spare.take(given);
      return await this.#criterion.valueAndGrad(onGpu, targets, { ...options, out });
    } finally {
      for (const tensor of references) tensor.dispose();
    }
  }

  #toTensors(grads: Tensor<TensorData>[]): TfTensor[] {
    return grads.map(({ data, shape }) => {
      const values =
        data instanceof Float32Array ? data : { buffer: data, zeroCopy: true as const };
      return this.#tf.tensor(values, [...shape], 'float32');
    });
  }
}

/** Calls the criterion. Its errors name the function that the user called. */
function inLoss<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof DetlossError)) throw error;
    const Kind = error.constructor as typeof DetlossError;
    throw new Kind(error.code, error.message.replace(/^\w+/, 'loss'), error);
  }
}

function predict<Input>(model: Model<Input>, x: Input): unknown {
  return typeof model === 'function' ? model(x) : model.apply(x as never, { training: true });
}

function hostTensor({ shape }: TfTensor, data: ArrayLike<number>) {
  return { data, shape };
}
