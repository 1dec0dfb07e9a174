import { describe } from '../describe.ts';
import { ShapeError, TargetError } from '../errors.ts';
import type { Tensor } from '../types.ts';
import { copyShape } from './read.ts';
import type { Axes } from './sized.ts';
import { isDetached, plainNumbers } from './typed-array.ts';

/**
 * A tensor among the targets, its shape read once; its data as it is in a typed array, else a copy.
 *
 * @param name behind the action
 * @throws {ShapeError} another shape or length
 * @throws {TargetError} TARGET_TYPE: data that is no array of numbers
 */
export function readTargetTensor(
  name: string,
  tensor: unknown,
  axes: Axes,
): { data: ArrayLike<number>; shape: readonly number[] } {
  const { data, shape } = (tensor ?? {}) as Partial<Tensor<ArrayLike<number>>>;
  const names = `[${axes.map(([axis]) => axis).join(', ')}]`;
  if (data === undefined) {
    const needed = `{ data, shape } with shape ${names}`;
    throw new TargetError('TARGET_TYPE', `${name} needs ${needed}, got ${describe(tensor)}`);
  }
  const sizes = copyShape(shape, 0) ?? [];
  const fits = ([, needed]: Axes[number], i: number) =>
    needed === null ? sizes[i] > 0 : sizes[i] === needed;
  if (sizes.length !== axes.length || !axes.every(fits)) {
    const needed = axes.map(([axis, size]) => size ?? axis).join(', ');
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name} needs the shape [${needed}], ${names}, got ${describe(shape)}`,
    );
  }
  const count = sizes.reduce((product, size) => product * size, 1);
  return { data: readNumbers(name, data, count), shape: sizes };
}

function readNumbers(name: string, data: ArrayLike<number>, count: number): ArrayLike<number> {
  const own = isDetached(data) ? undefined : plainNumbers(data);
  const length = own ? own.length : (data as Partial<ArrayLike<number>> | null)?.length;
  if (isDetached(data) || typeof data !== 'object' || !Number.isInteger(length)) {
    const got = isDetached(data) ? 'one that is detached' : describe(data);
    throw new TargetError('TARGET_TYPE', `${name}.data needs an array of numbers, got ${got}`);
  }
  if (length !== count) {
    throw new ShapeError(
      'TENSOR_LENGTH',
      `${name}.data needs ${count} values for its shape, got ${length}`,
    );
  }
  return own ?? copyNumbers(name, data, count);
}

function copyNumbers(name: string, data: ArrayLike<number>, count: number): Float64Array {
  const copy = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const value: unknown = data[i];
    if (typeof value !== 'number') {
      throw new TargetError(
        'TARGET_TYPE',
        `${name}.data[${i}] needs a number, got ${describe(value)}`,
      );
    }
    copy[i] = value;
  }
  return copy;
}
