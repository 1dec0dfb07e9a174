import type { Dense, Predictions } from '../backend/backend.ts';
import { describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import type { GradOptions, Tensor, TensorData } from '../types.ts';
import { OptionReader } from './option-reader.ts';
import { fitted, readTensor } from './tensor.ts';

/** Where one level's gradient goes: what the caller is handed back, and where its elements are. */
export interface Destination {
  tensor: Tensor<TensorData>;
  view: Dense;
}

/**
 * Where to write the gradients, if the caller says: shaped as the predictions, no memory shared with them.
 * Throws ConfigError and ShapeError.
 */
export function validateOut(
  action: string,
  options: GradOptions<TensorData>,
  { levels }: Predictions<Dense>,
  takesBuffers: boolean,
): Destination[] | null {
  const out = new OptionReader(action, 'options', options, ['out']).raw(
    'out',
  ) as GradOptions<TensorData>['out'];
  if (out === undefined) return null;
  if (!Array.isArray(out) || out.length !== levels.length) {
    const got = Array.isArray(out) ? `${out.length}` : describe(out);
    throw new ShapeError('LEVEL_COUNT', `${action}: out needs ${levels.length} levels, got ${got}`);
  }
  const destinations = Array.from(out, (tensor, l) => {
    const name = `${action}: out[${l}]`;
    const [view, shape] = readTensor(name, tensor, 'as the predictions', takesBuffers);
    checkKind(name, view, levels[l].data, l);
    if (shape.some((size, axis) => size !== levels[l].shape[axis])) {
      throw new ShapeError(
        'TENSOR_SHAPE',
        `${name} needs the shape [${levels[l].shape}] of feats[${l}], got [${shape}]`,
      );
    }
    return { tensor: { ...tensor, shape: [...shape] }, view: fitted(name, view, tensor, shape) };
  });
  const outs = destinations.map(({ view }) => view);
  outs.forEach((view, l) => {
    const isApart =
      outs.every((other, i) => i === l || !overlaps(view, other, false)) &&
      levels.every(({ data }) => !overlaps(view, data, true));
    if (isApart) return;
    throw new ShapeError(
      'OUT_ALIASES_INPUT',
      `${action}: out[${l}] needs memory of its own, got memory shared with feats or another level`,
    );
  });
  return destinations;
}

function checkKind(name: string, out: Dense, feat: Dense, l: number): void {
  const isArray = feat instanceof Float32Array;
  if (out instanceof Float32Array === isArray) return;
  const [needed, got] = isArray ? ['Float32Array', 'GPUBuffer'] : ['GPUBuffer', 'Float32Array'];
  throw new ShapeError(
    'TENSOR_TYPE',
    `${name}.data needs a ${needed}, as feats[${l}] has, got a ${got}`,
  );
}

/** @param a an output @param isInput whether b is read in the same pass, where a GPU takes no part of one buffer */
function overlaps(a: Dense, b: Dense, isInput: boolean): boolean {
  if (!(a instanceof Float32Array) || !(b instanceof Float32Array)) {
    if (a instanceof Float32Array || b instanceof Float32Array || a.buffer !== b.buffer)
      return false;
    return isInput || (a.offset < b.offset + b.size && b.offset < a.offset + a.size);
  }
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  );
}
