import type { Dense } from '../backend/backend.ts';
import { ShapeError } from '../errors.ts';
import type { Tensor, TensorData } from '../types.ts';
import type { Form } from './form.ts';
import { OptionReader } from './option-reader.ts';
import { type DenseTensor, fitted, type ReadTensor, readTensor } from './tensor.ts';
import { type MemoryRange, memoryOf } from './typed-array.ts';

/** Where one tensor's gradient goes: what the caller is handed back, and where its elements are. */
export interface Destination {
  tensor: Tensor<TensorData>;
  view: Dense;
}

/**
 * Where to write the gradients, if the caller says: shaped as the predictions, no memory shared with what is read.
 * Throws ConfigError and ShapeError.
 *
 * @param tensors the predictions, in the order of the form
 * @param targets what was read of them: see `readTargets`
 */
export function validateOut(
  action: string,
  options: { out?: unknown },
  form: Form<unknown>,
  tensors: readonly DenseTensor[],
  targets: object,
  takesBuffers: boolean,
): Destination[] | null {
  const out = new OptionReader(action, 'options', options, ['out']).raw('out');
  if (out === undefined) return null;
  const destinations = form.flatten(action, out).map((tensor, i) => {
    const name = `${action}: ${form.outNames[i]}`;
    return readOut(name, tensor, form.names[i], tensors[i], takesBuffers);
  });
  const outs = destinations.map(({ view }) => view);
  const arrays = arraysIn(targets);
  outs.forEach((view, i) => {
    const isApart =
      outs.every((other, k) => k === i || !overlaps(view, other, false)) &&
      tensors.every(({ data }) => !overlaps(view, data, true)) &&
      arrays.every((array) => !overlaps(view, array, true));
    if (isApart) return;
    throw new ShapeError(
      'OUT_ALIASES_INPUT',
      `${action}: ${form.outNames[i]} needs memory of its own, got memory shared with predictions, targets or ` +
        'another gradient',
    );
  });
  return destinations;
}

/**
 * A tensor that is written: of the shape and kind of its input. Throws ShapeError.
 *
 * @param source name of the input
 */
export function readOut(
  name: string,
  given: unknown,
  source: string,
  input: DenseTensor,
  takesBuffers: boolean,
): Destination {
  const rank = input.shape.length;
  const read = readTensor(name, given, 'as the predictions', rank, takesBuffers);
  const { view, shape } = read;
  checkKind(name, view, source, input.data);
  if (shape.some((size, axis) => size !== input.shape[axis])) {
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name} needs the shape [${input.shape}] of ${source}, got [${shape}]`,
    );
  }
  return { tensor: givenBack(read), view: fitted(name, read) };
}

/** The caller's own memory, as a result holds it. */
export function givenBack({
  given: { data, offset, size },
  view,
  shape,
}: ReadTensor): Tensor<TensorData> {
  const place = view instanceof Float32Array ? {} : { offset, size };
  return { data, shape: [...shape], ...place } as Tensor<TensorData>;
}

/** Checks that an output is where its input is: in an array, or a buffer. Throws ShapeError. */
export function checkKind(name: string, out: Dense, source: string, input: Dense): void {
  const isArray = input instanceof Float32Array;
  if (out instanceof Float32Array === isArray) return;
  const [needed, got] = isArray ? ['Float32Array', 'GPUBuffer'] : ['GPUBuffer', 'Float32Array'];
  throw new ShapeError(
    'TENSOR_TYPE',
    `${name}.data needs a ${needed}, as ${source} has, got a ${got}`,
  );
}

/** Where the caller's arrays are, among values that were read, and in their tensors. */
export function arraysIn(read: object): MemoryRange[] {
  return Object.values(read)
    .map((value) => memoryOf(value) ?? memoryOf(value?.data))
    .filter((range) => range !== undefined);
}

/**
 * Whether two tensors have bytes in common.
 *
 * @param a an output
 * @param isInput whether b is read in the same pass, where a GPU takes no part of one buffer
 */
export function overlaps(a: Dense, b: Dense | MemoryRange, isInput: boolean): boolean {
  if ('byteLength' in a && 'byteLength' in b) {
    return (
      a.buffer === b.buffer &&
      a.byteOffset < b.byteOffset + b.byteLength &&
      b.byteOffset < a.byteOffset + a.byteLength
    );
  }
  if ('byteLength' in a || 'byteLength' in b || a.buffer !== b.buffer) return false;
  return isInput || (a.offset < b.offset + b.size && b.offset < a.offset + a.size);
}
