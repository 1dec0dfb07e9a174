import { describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import type { Tensor } from '../types.ts';
import { isDetached, plainFloat32Array } from './typed-array.ts';

/** Values that fit into 32-bit memory. */
const MAX_LENGTH = 2 ** 30 - 2 ** 16;

/**
 * A plain view of a tensor's data, and its shape of rank 4, each read once. Whether they fit is another
 * matter: `checkLength`.
 */
export function readTensor(
  name: string,
  tensor: Tensor,
  axes: string,
): [view: Float32Array, shape: readonly number[]] {
  const { data, shape } = (tensor ?? {}) as Partial<Tensor>;
  if (data === undefined) {
    const needed = `{ data, shape } with shape ${axes}`;
    throw new ShapeError('TENSOR_TYPE', `${name} needs ${needed}, got ${describe(tensor)}`);
  }
  const got = isDetached(data) ? 'one that is detached' : describe(data);
  const view = isDetached(data) ? undefined : plainFloat32Array(data);
  if (!view) throw new ShapeError('TENSOR_TYPE', `${name}.data needs a Float32Array, got ${got}`);
  const sizes = Array.isArray(shape) ? [...shape] : [];
  if (sizes.length !== 4 || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name}.shape needs 4 positive integers ${axes}, got ${describe(shape)}`,
    );
  }
  return [view, sizes];
}

export function checkLength(name: string, data: Float32Array, shape: readonly number[]): void {
  const needed = shape.reduce((product, size) => product * size, 1);
  if (data.length === needed) return;
  throw new ShapeError(
    'TENSOR_LENGTH',
    `${name}.data needs ${needed} values for the shape [${shape}], got ${data.length}`,
  );
}

/** Number of elements of a shape of any rank. */
export function validateShape(name: string, shape: readonly number[]): number {
  const sizes: unknown[] = Array.isArray(shape) ? [...shape] : [];
  const length = sizes.reduce<number>((product, size) => product * (size as number), 1);
  const isWhole = sizes.every((size) => Number.isInteger(size) && (size as number) > 0);
  if (sizes.length > 0 && isWhole && length <= MAX_LENGTH) return length;
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${name} needs positive integers with a product of at most ${MAX_LENGTH}, got ${describe(shape)}`,
  );
}
