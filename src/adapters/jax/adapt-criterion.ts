import type { Tensor, TensorData } from '../../index.ts';
import type { AnyCriterion, LooseCriterion } from '../any-criterion.ts';
import { checkArguments, checkFloat32 } from '../check-arguments.ts';
import { leavesOf, mapLeaves, matchLeaves, type Tree } from '../tree.ts';
import type { Jax, JaxArray, JaxValueAndGrad } from './types.ts';

type Predictions = Tree<JaxArray>;
/** Arguments of a call that the criterion gets as they are. */
type Given = [targets: unknown, options?: object];

/** The part of jax-js that the adapter calls. */
interface JaxApi {
  vjp(
    f: unknown,
    primals: unknown,
  ): [Predictions, ((cotangents: Predictions) => unknown) & { dispose(): void }];
  numpy: {
    array(values: Float32Array, options: { shape: number[]; device: string }): JaxArray;
    zeros(shape: number[], options: { device: string }): JaxArray;
  };
}

/**
 * Adapts a criterion of any task to jax-js: puts it at the end of a model. `jax.vjp` computes the predictions, the criterion the
 * loss and the predictions' cotangents, and the function from `vjp` the gradients. This replaces `jax.valueAndGrad` and
 * does not work inside it, because jax-js cannot await inside a function that it traces.
 *
 * On jax-js' WebGPU device the criterion reads predictions and writes gradients in the arrays' own buffers. Pass it
 * `device: jax.getWebGPUDevice()`.
 *
 * @param jax the jax-js that made the arrays
 * @returns (model, primals, targets, options?) → the criterion's result, with ∂total/∂primals in `grads`: arrays that the caller owns
 * @throws {ConfigError} INVALID_OPTION: an argument is no criterion, or not jax-js
 */
export function adaptCriterion<Criterion extends AnyCriterion>(
  criterion: Criterion,
  jax: Jax,
): JaxValueAndGrad<Criterion> {
  checkArguments(criterion, jax, { parameter: 'jax', needed: 'your jax-js', method: 'vjp' });
  const [own, api] = [criterion as unknown as LooseCriterion, jax as unknown as JaxApi];
  const call = (model: unknown, primals: unknown, ...given: Given) =>
    valueAndGrad(own, api, model, primals, given);
  return call as unknown as JaxValueAndGrad<Criterion>;
}

async function valueAndGrad(
  criterion: LooseCriterion,
  jax: JaxApi,
  model: unknown,
  primals: unknown,
  given: Given,
) {
  const [predictions, pullBack] = jax.vjp(model, primals);
  const arrays = leavesOf(predictions, isJaxArray);
  const isOnGpu =
    criterion.backend === 'webgpu' && arrays.every(({ device }) => device === 'webgpu');
  try {
    checkFloat32('valueAndGrad', arrays);
    const { cotangents, ...value } = isOnGpu
      ? await onGpu(criterion, jax, predictions, given)
      : await onHost(criterion, jax, predictions, given);
    return { ...value, grads: pullBack(cotangents) };
  } finally {
    for (const array of arrays) array.dispose();
    pullBack.dispose();
  }
}

async function onHost(
  criterion: LooseCriterion,
  jax: JaxApi,
  predictions: Predictions,
  given: Given,
) {
  const arrays = leavesOf(predictions, isJaxArray);
  const values = await Promise.all(arrays.map((array) => array.ref.data()));
  const onHost = withData(predictions, values);
  const { grads, ...value } = await criterion.valueAndGrad(onHost, ...given);
  const tensors = matchLeaves(predictions, isJaxArray, grads) as Tensor[];
  const cotangents = inPlaceOf(predictions, ({ device, shape }, i) =>
    jax.numpy.array(tensors[i].data, { shape, device }),
  );
  return { ...value, cotangents };
}

/**
 * Writes gradients into the buffers of new arrays, since jax-js cannot make an array from a buffer. Nothing else uses
 * these arrays before they are written.
 */
async function onGpu(
  criterion: LooseCriterion,
  jax: JaxApi,
  predictions: Predictions,
  [targets, options]: Given,
) {
  const arrays = leavesOf(predictions, isJaxArray);
  const cotangents = inPlaceOf(predictions, ({ device, shape }) =>
    jax.numpy.zeros(shape, { device }),
  );
  const gradients = leavesOf(cotangents, isJaxArray);
  try {
    const buffers = await Promise.all(arrays.map((array) => array.ref.gpuBuffer()));
    const outs = await Promise.all(gradients.map((array) => array.ref.gpuBuffer()));
    const [onDevice, out] = [withData(predictions, buffers), withData(predictions, outs)];
    const all = { ...options, out };
    const { grads: _, ...value } = await criterion.valueAndGrad(onDevice, targets, all);
    return { ...value, cotangents };
  } catch (error) {
    for (const array of gradients) array.dispose();
    throw error;
  }
}

/** Replaces each prediction by a tensor with the given data. */
function withData(predictions: Predictions, data: unknown[]): Tree<Tensor<TensorData>> {
  let next = 0;
  return mapLeaves(predictions, isJaxArray, ({ shape }) => ({
    data: data[next++] as TensorData,
    shape,
  }));
}

/** Replaces each prediction by another array. */
function inPlaceOf(
  predictions: Predictions,
  make: (array: JaxArray, index: number) => JaxArray,
): Predictions {
  let next = 0;
  return mapLeaves(predictions, isJaxArray, (array) => make(array, next++));
}

function isJaxArray(value: unknown): value is JaxArray {
  const { gpuBuffer, ref } = (value ?? {}) as Partial<JaxArray>;
  return typeof gpuBuffer === 'function' && ref !== undefined;
}
