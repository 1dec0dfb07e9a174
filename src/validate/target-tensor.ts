import { describe, frameworkTensor } from '../describe.ts';
import { TargetError } from '../errors.ts';
import { type Axes, axisNames, readAxes } from './axes.ts';
import { readElements } from './numbers.ts';
import type { GivenTensor } from './tensor.ts';
import { describeArray, isNumberArray } from './typed-array.ts';

/**
 * Reads a tensor among the targets. A typed array is used in place; any other array-like is copied.
 *
 * @param name name of the call and of the argument
 * @throws {ShapeError} wrong shape or length
 * @throws {TargetError} TARGET_TYPE: data is no array of numbers
 */
export function readTargetTensor(
  name: string,
  tensor: unknown,
  axes: Axes,
): { data: ArrayLike<number>; shape: readonly number[] } {
  const { data, shape } = (frameworkTensor(tensor) ? {} : (tensor ?? {})) as GivenTensor;
  if (data === undefined) {
    const needed = `{ data, shape } with shape ${axisNames(axes)}`;
    throw new TargetError('TARGET_TYPE', `${name} needs ${needed}, got ${describeArray(tensor)}`);
  }
  const sizes = readAxes(name, shape, axes);
  const list = readElements(name, data, sizes);
  return { data: isNumberArray(list) ? list : copyNumbers(name, list), shape: sizes };
}

function copyNumbers(name: string, list: ArrayLike<unknown>): Float64Array {
  const copy = new Float64Array(list.length);
  for (let i = 0; i < copy.length; i++) {
    const value = list[i];
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
