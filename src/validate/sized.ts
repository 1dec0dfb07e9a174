import { ShapeError } from '../errors.ts';
import { checkFinite } from './finite.ts';
import { type Axes, axisNames, axisSizes, sizeOf } from './shape.ts';
import { type DenseTensor, readData, readShape } from './tensor.ts';

/**
 * Reads a tensor [B, channels, …] of the predictions that is not a level of a head.
 *
 * @param name name of the call and of the argument
 * @throws {ShapeError | BackendError} and, with `mustBeFinite`, DetlossError NOT_FINITE
 */
export function readSized(
  name: string,
  tensor: unknown,
  axes: Axes,
  mustBeFinite: boolean,
  takesBuffers: boolean,
): DenseTensor {
  const names = axisNames(axes);
  const shape = readShape(name, tensor, names);
  if (axes.some(([, size], i) => size !== null && size !== shape[i])) {
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name} needs the shape ${names} = ${axisSizes(axes)}, as the other predictions have, got [${shape}]`,
    );
  }
  const data = readData(name, tensor, shape, takesBuffers);
  if (mustBeFinite) {
    const strides = { imageStride: sizeOf(shape.slice(1)), channelStride: sizeOf(shape.slice(2)) };
    checkFinite(name, data, shape[1], strides);
  }
  return { data, shape };
}
