import { type Axes, axisNames, readAxes } from './axes.ts';
import { checkFinite } from './finite.ts';
import { sizeOf } from './shape.ts';
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
  const shape = readShape(name, tensor, axisNames(axes));
  readAxes(name, shape, axes, ', as the other predictions have');
  const data = readData(name, tensor, shape, takesBuffers);
  if (mustBeFinite) {
    const strides = { imageStride: sizeOf(shape.slice(1)), channelStride: sizeOf(shape.slice(2)) };
    checkFinite(name, data, shape[1], strides);
  }
  return { data, shape };
}
