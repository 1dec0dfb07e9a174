import type { Dense } from '../backend/inputs.ts';
import { ShapeError } from '../errors.ts';
import type { Tensor, TensorData } from '../types.ts';
import type { Form } from './form.ts';
import { type DenseTensor, readShaped } from './tensor.ts';

/** A tensor to write to. */
export interface Destination {
  /** Tensor that the caller receives. */
  tensor: Tensor<TensorData>;
  /** Memory of its elements. */
  view: Dense;
}

/** An output that a caller may pass. */
export interface Wanted extends DenseTensor {
  /** Name of the output. */
  out: string;
  /** Name of the input whose `data` decides between array and buffer, and whose `shape` the output has. */
  source: string;
}

/** Memory with its owner's name. */
export type Named<Memory = Dense | ArrayBufferView> = readonly [name: string, memory: Memory];

/**
 * Reads the option `out`, the tensors for the gradients. They have the predictions' shapes, and share no memory with
 * predictions, targets or each other.
 *
 * @param out the option, unchecked
 * @param tensors the predictions, in the order of the form
 * @param targets targets that the caller passed
 * @returns null if the option is not given
 * @throws {ConfigError | ShapeError | BackendError}
 */
export function validateOut(
  action: string,
  out: unknown,
  form: Form<unknown>,
  tensors: readonly DenseTensor[],
  targets: object,
  takesBuffers: boolean,
): Destination[] | null {
  if (out === undefined) return null;
  const given = form.flatten(action, out);
  const wanted = tensors.map(({ data, shape }, i) => {
    return { out: form.outNames[i], source: form.names[i], data, shape };
  });
  return readOuts(action, given, wanted, arraysIn('targets', Object.values(targets)), takesBuffers);
}

/**
 * Reads tensors to write to. Each has the shape and the kind (array or buffer) of its source, and shares memory with no
 * source, no other input and no other output.
 *
 * @param others inputs that are no source
 * @throws {ShapeError | BackendError}
 */
export function readOuts(
  action: string,
  given: readonly unknown[],
  wanted: readonly Wanted[],
  others: readonly Named[],
  takesBuffers: boolean,
): Destination[] {
  const inputs = [...others, ...wanted.map(({ source, data }) => [source, data] as const)];
  const outs = wanted.map((one, i) => readOut(action, given[i], one, takesBuffers));
  const written = outs.map(({ view }, i) => [wanted[i].out, view] as const);
  written.forEach(([out, view], i) => {
    checkApart(`${action}: ${out}`, view, inputs, written.slice(0, i));
  });
  return outs;
}

/** @throws {ShapeError | BackendError} */
function readOut(
  action: string,
  given: unknown,
  { out, source, data: input, shape }: Wanted,
  takesBuffers: boolean,
): Destination {
  const name = `${action}: ${out}`;
  const view = readShaped(name, given, shape, source, takesBuffers);
  const { data, offset, size } = given as Tensor<TensorData>;
  const isArray = view instanceof Float32Array;
  if (isArray === input instanceof Float32Array) {
    const place = isArray ? {} : { offset, size };
    return { tensor: { data, shape: [...shape], ...place }, view };
  }
  const [needed, got] = isArray ? ['GPUBuffer', 'Float32Array'] : ['Float32Array', 'GPUBuffer'];
  throw new ShapeError(
    'TENSOR_TYPE',
    `${name}.data needs a ${needed}, as ${source} has, got a ${got}`,
  );
}

/** Destination in newly allocated memory. */
export function destinationOf(view: Dense, shape: readonly number[]): Destination {
  const data = view instanceof Float32Array ? view : view.buffer;
  return { tensor: { data, shape: [...shape] }, view };
}

/** Lists typed arrays among a caller's values and in the tensors among them, under one name. */
export function arraysIn(name: string, values: readonly unknown[]): Named[] {
  return values
    .map((value) => (ArrayBuffer.isView(value) ? value : (value as Partial<Tensor> | null)?.data))
    .filter((value) => ArrayBuffer.isView(value))
    .map((value) => [name, value]);
}

/**
 * Checks that an output shares no memory with inputs and other outputs.
 *
 * @param name name of the output
 * @throws {ShapeError} OUT_ALIASES_INPUT
 */
export function checkApart(
  name: string,
  out: Dense,
  inputs: readonly Named[],
  outs: readonly Named<Dense>[],
): void {
  const shared =
    inputs.find(([, data]) => overlaps(out, data, true)) ??
    outs.find(([, other]) => overlaps(out, other, false));
  if (!shared) return;
  throw new ShapeError(
    'OUT_ALIASES_INPUT',
    `${name} needs memory of its own, got memory shared with ${shared[0]}`,
  );
}

/**
 * Whether two tensors have bytes in common.
 *
 * @param a tensor that is written
 * @param isInput whether b is read in the same pass, in which WebGPU forbids two parts of one buffer
 */
function overlaps(a: Dense, b: Dense | ArrayBufferView, isInput: boolean): boolean {
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
