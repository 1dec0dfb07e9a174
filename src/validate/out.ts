import type { Dense } from '../backend/inputs.ts';
import { ShapeError } from '../errors.ts';
import type { Tensor, TensorData } from '../types.ts';
import type { Form } from './form.ts';
import { OptionReader } from './option-reader.ts';
import { type DenseTensor, readShaped } from './tensor.ts';

/** A tensor to write to. */
export interface Destination {
  /** Tensor that the caller receives. */
  tensor: Tensor<TensorData>;
  /** Memory of its elements. */
  view: Dense;
}

/**
 * Reads the option `out`, the tensors for the gradients. They have the predictions' shapes, and share no memory with
 * predictions, targets or each other.
 *
 * @param tensors the predictions, in the order of the form
 * @param targets targets that the caller passed
 * @returns null if the option is not given
 * @throws {ConfigError | ShapeError | BackendError}
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
  const inputs = [...tensors.map(({ data }) => data), ...arraysIn(Object.values(targets))];
  destinations.forEach(({ view }, i) => {
    const isShared =
      destinations.some((other, k) => k !== i && overlaps(view, other.view, false)) ||
      inputs.some((input) => overlaps(view, input, true));
    if (!isShared) return;
    throw new ShapeError(
      'OUT_ALIASES_INPUT',
      `${action}: ${form.outNames[i]} needs memory of its own, got memory shared with predictions, targets or ` +
        'another gradient',
    );
  });
  return destinations;
}

/**
 * Reads a tensor to write to. It has the shape and the kind (array or buffer) of its input.
 *
 * @param source name of the input
 * @throws {ShapeError | BackendError}
 */
export function readOut(
  name: string,
  given: unknown,
  source: string,
  input: DenseTensor,
  takesBuffers: boolean,
): Destination {
  const view = readShaped(name, given, input.shape, source, takesBuffers);
  const { data, offset, size } = given as Tensor<TensorData>;
  const isArray = view instanceof Float32Array;
  if (isArray === input.data instanceof Float32Array) {
    const place = isArray ? {} : { offset, size };
    return { tensor: { data, shape: [...input.shape], ...place }, view };
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

/** Lists typed arrays among a caller's values and in the tensors among them. */
export function arraysIn(values: readonly unknown[]): ArrayBufferView[] {
  return values
    .map((value) => (ArrayBuffer.isView(value) ? value : (value as Partial<Tensor> | null)?.data))
    .filter((value) => ArrayBuffer.isView(value));
}

/**
 * Checks that an output shares no memory with inputs.
 *
 * @param name name of the output
 * @param inputs inputs with their names
 * @throws {ShapeError} OUT_ALIASES_INPUT
 */
export function checkApart(
  name: string,
  out: Dense,
  inputs: readonly (readonly [name: string, data: Dense | ArrayBufferView])[],
): void {
  const shared = inputs.find(([, data]) => overlaps(out, data, true));
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
export function overlaps(a: Dense, b: Dense | ArrayBufferView, isInput: boolean): boolean {
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
