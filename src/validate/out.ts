import type { Predictions } from '../backend/backend.ts';
import { describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import type { GradOptions } from '../types.ts';
import { OptionReader } from './option-reader.ts';
import { checkLength, readTensor } from './tensor.ts';

/** Where one level's gradient goes: the caller's array, and a plain view of its memory. */
export interface Destination {
  data: Float32Array;
  view: Float32Array;
}

/**
 * Where to write the gradients, if the caller says: shaped as the predictions, no memory shared with them.
 * Throws ConfigError and ShapeError.
 */
export function validateOut(
  action: string,
  options: GradOptions,
  { levels }: Predictions,
): Destination[] | null {
  const out = new OptionReader(action, 'options', options, ['out']).raw(
    'out',
  ) as GradOptions['out'];
  if (out === undefined) return null;
  if (!Array.isArray(out) || out.length !== levels.length) {
    const got = Array.isArray(out) ? `${out.length}` : describe(out);
    throw new ShapeError('LEVEL_COUNT', `${action}: out needs ${levels.length} levels, got ${got}`);
  }
  const destinations = Array.from(out, (tensor, l) => {
    const name = `${action}: out[${l}]`;
    const [view, shape] = readTensor(name, tensor, 'as the predictions');
    if (shape.some((size, axis) => size !== levels[l].shape[axis])) {
      throw new ShapeError(
        'TENSOR_SHAPE',
        `${name} needs the shape [${levels[l].shape}] of feats[${l}], got [${shape}]`,
      );
    }
    checkLength(name, view, shape);
    return { data: tensor.data, view };
  });
  const others = [...destinations.map(({ view }) => view), ...levels.map(({ data }) => data)];
  destinations.forEach(({ view }, l) => {
    if (others.every((other, i) => i === l || !overlaps(view, other))) return;
    throw new ShapeError(
      'OUT_ALIASES_INPUT',
      `${action}: out[${l}] needs memory of its own, got memory shared with feats or another level`,
    );
  });
  return destinations;
}

function overlaps(a: Float32Array, b: Float32Array): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  );
}
