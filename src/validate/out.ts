import type { Dense } from '../backend/backend.ts';
import { ShapeError } from '../errors.ts';
import type { Tensor, TensorData } from '../types.ts';
import type { Form } from './form.ts';
import { OptionReader } from './option-reader.ts';
import { type DenseTensor, fitted, readTensor } from './tensor.ts';

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
  const tensor = given as Tensor<TensorData>;
  const rank = input.shape.length;
  const [view, shape] = readTensor(name, tensor, 'as the predictions', rank, takesBuffers);
  checkKind(name, view, source, input.data);
  if (shape.some((size, axis) => size !== input.shape[axis])) {
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name} needs the shape [${input.shape}] of ${source}, got [${shape}]`,
    );
  }
  return { tensor: { ...tensor, shape: [...shape] }, view: fitted(name, view, tensor, shape) };
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

/** The caller's arrays among the values of an object, and in its tensors. */
export function arraysIn(given: object): ArrayBufferView[] {
  return Object.values(given)
    .map((value) => (ArrayBuffer.isView(value) ? value : value?.data))
    .filter((data) => ArrayBuffer.isView(data));
}

/**
 * Whether two tensors have bytes in common.
 *
 * @param a an output
 * @param isInput whether b is read in the same pass, where a GPU takes no part of one buffer
 */
export function overlaps(a: Dense, b: Dense | ArrayBufferView, isInput: boolean): boolean {
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    return (
      a.buffer === b.buffer &&
      a.byteOffset < b.byteOffset + b.byteLength &&
      b.byteOffset < a.byteOffset + a.byteLength
    );
  }
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b) || a.buffer !== b.buffer) return false;
  return isInput || (a.offset < b.offset + b.size && b.offset < a.offset + a.size);
}
