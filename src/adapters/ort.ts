/**
 * Tensors of ONNX Runtime as a criterion's predictions.
 *
 * @module detloss/ort
 */
import { describe } from '../describe.ts';
import { ShapeError, type Tensor, type TensorData } from '../index.ts';

/** What the adapter needs of an ort.Tensor. */
export interface OrtTensor {
  /** 'float32', or it is an error. */
  readonly type: string;
  /** Its shape. */
  readonly dims: readonly number[];
  /** 'cpu', 'cpu-pinned' or 'gpu-buffer', or it is an error. */
  readonly location: string;
  /** Where the location is 'cpu': a Float32Array. */
  readonly data: unknown;
  /** Where it is 'gpu-buffer': a GPUBuffer. */
  readonly gpuBuffer: unknown;
}

/**
 * A tensor of ONNX Runtime as predictions, where it is: nothing is copied, so it belongs to the session's output until
 * the call settles.
 *
 * The outputs of an exported model are `fromOrt` a level, or of the concatenated head
 * `await splitHead(fromOrt(output), { imageSize })`. For tensors of location 'gpu-buffer' the criterion needs the device of
 * the session, `device: await ort.env.webgpu.device`.
 *
 * @param tensor float32, of location 'cpu' or 'gpu-buffer'
 * @throws {ShapeError} TENSOR_TYPE: no such tensor
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
