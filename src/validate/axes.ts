import { describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import { copyShape } from './shape.ts';

/** Names of a tensor's axes, each with the size it needs; null allows any size. */
export type Axes = readonly (readonly [name: string, size: number | null])[];

/** Formats the names of axes for messages: '[B, C, A]'. */
export function axisNames(axes: Axes): string {
  return `[${axes.map(([name]) => name).join(', ')}]`;
}

/**
 * Reads a shape whose axes have the needed sizes; those of any size may not be empty.
 *
 * @param why origin of the sizes, for the message
 * @throws {ShapeError} TENSOR_SHAPE
 */
export function readAxes(name: string, shape: unknown, axes: Axes, why = ''): readonly number[] {
  const sizes = copyShape(shape, 0) ?? [];
  const fits = ([, size]: Axes[number], i: number) =>
    size === null ? sizes[i] > 0 : sizes[i] === size;
  if (sizes.length === axes.length && axes.every(fits)) return sizes;
  const needed = axes.map(([axis, size]) => size ?? axis).join(', ');
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${name} needs the shape ${axisNames(axes)} = [${needed}]${why}, got ${describe(shape)}`,
  );
}
