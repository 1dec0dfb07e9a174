/**
 * Tensors of ONNX Runtime as a criterion's predictions.
 *
 * @module detloss/ort
 */
import { describe } from '../describe.ts';
import { ShapeError, type Tensor, type TensorData } from '../index.ts';

/** The part of an ort.Tensor that the adapter uses. */
export interface OrtTensor {
  /** Element type; must be 'float32'. */
  readonly type: string;
  /** Shape of the tensor. */
  readonly dims: readonly number[];
  /** Location of the data; must be 'cpu', 'cpu-pinned' or 'gpu-buffer'. */
  readonly location: string;
  /** Float32Array with the elements, if the location is 'cpu' or 'cpu-pinned'. */
  readonly data: unknown;
  /** GPUBuffer with the elements, if the location is 'gpu-buffer'. */
  readonly gpuBuffer: unknown;
}

/**
 * Gives a tensor of ONNX Runtime as a prediction. It is not copied: keep the session's output until the call settles.
 *
 * Call `fromOrt` for every output of a model that was exported with one output per level. For a model with one
 * concatenated head, use `await splitHead(fromOrt(output), { imageSize })`. For tensors of location 'gpu-buffer' the
 * criterion needs the device of the session, `device: await ort.env.webgpu.device`.
 *
 * @param tensor float32, of location 'cpu', 'cpu-pinned' or 'gpu-buffer'
 * @throws {ShapeError} TENSOR_TYPE: `tensor` is no such tensor
 */
export function fromOrt(tensor: OrtTensor): Tensor<TensorData> {
  const { type, dims, location } = (tensor ?? {}) as Partial<OrtTensor>;
  if (!Array.isArray(dims) || location === undefined) throw typeError('an ort.Tensor', tensor);
  if (type !== 'float32') throw typeError('a tensor of type float32', type);
  const shape = [...dims];
  if (location === 'cpu' || location === 'cpu-pinned') {
    return { data: tensor.data as Float32Array, shape };
  }
  if (location === 'gpu-buffer') return { data: tensor.gpuBuffer as GPUBuffer, shape };
  throw typeError("a tensor of location 'cpu' or 'gpu-buffer'", location);
}

function typeError(needed: string, got: unknown): ShapeError {
  return new ShapeError('TENSOR_TYPE', `fromOrt: needs ${needed}, got ${describe(got)}`);
}
