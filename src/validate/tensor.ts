import { describe, kindOf } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import type { Tensor } from '../types.ts';

/** The data and shape of a tensor of rank 4, read once. Its length is another matter: `checkLength`. */
export function readTensor(
  name: string,
  tensor: Tensor,
  axes: string,
): [data: Float32Array, shape: readonly number[]] {
  const { data, shape } = (tensor ?? {}) as Partial<Tensor>;
  if (data === undefined) {
    const needed = `{ data, shape } with shape ${axes}`;
    throw new ShapeError('TENSOR_TYPE', `${name} needs ${needed}, got ${describe(tensor)}`);
  }
  if (kindOf(data) !== 'Float32Array') {
    throw new ShapeError('TENSOR_TYPE', `${name}.data needs a Float32Array, got ${describe(data)}`);
  }
  const sizes = Array.isArray(shape) ? [...shape] : [];
  if (sizes.length !== 4 || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name}.shape needs 4 positive integers ${axes}, got ${describe(shape)}`,
    );
  }
  return [data as Float32Array, sizes];
}

export function checkLength(name: string, data: Float32Array, shape: readonly number[]): void {
  const needed = shape.reduce((product, size) => product * size, 1);
  if (data.length === needed) return;
  throw new ShapeError(
    'TENSOR_LENGTH',
    `${name}.data needs ${needed} values for the shape [${shape}], got ${data.length}`,
  );
}
