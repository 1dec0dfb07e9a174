// Reader of the safetensors format: https://huggingface.co/docs/safetensors
import { fromBfloat, fromHalf } from './float16.mjs';

/** @typedef {Float64Array | Float32Array | BigInt64Array | Int32Array | Uint8Array} TensorArray */
/** @typedef {{ data: TensorArray, shape: number[] }} SafeTensor */
/** @typedef {{ dtype: string, shape: number[], data_offsets: [number, number] }} Entry */

/**
 * @template T
 * @typedef {{ new (buffer: ArrayBufferLike, offset?: number, length?: number): T, BYTES_PER_ELEMENT: number }} ArrayType
 */

/** @type {Record<string, ArrayType<TensorArray>>} */
const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  I64: BigInt64Array,
  I32: Int32Array,
  U8: Uint8Array,
};
/**
 * Types of two bytes, which are read as float32.
 *
 * @type {Record<string, ((bits: number) => number) | undefined>}
 */
const SHORT_FLOATS = { F16: fromHalf, BF16: fromBfloat };

/**
 * Parses a safetensors file. Tensors are views of `bytes` if its alignment allows that, else copies; F16 and BF16 become
 * float32.
 *
 * @param {Uint8Array} bytes the whole file
 * @returns {{ tensors: Record<string, SafeTensor>, metadata: Record<string, string> }}
 * @throws {Error} the file is cut off or malformed, or a tensor's dtype is not F64, F32, F16, BF16, I64, I32 or U8
 */
export function parseSafetensors(bytes) {
  const { end, metadata, entries } = readHeader(bytes);
  const body = bytes.subarray(end);
  const tensors = Object.entries(entries).map(([name, entry]) => [
    name,
    readTensor(body, name, entry),
  ]);
  return { tensors: Object.fromEntries(tensors), metadata };
}

/** @param {Uint8Array} bytes */
function readHeader(bytes) {
  if (bytes.length < 8) throw new Error(`safetensors: ${bytes.length} bytes are no file`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  const end = 8 + Number(length);
  if (end > bytes.length) {
    throw new Error(`safetensors: the header needs ${end} bytes, the file has ${bytes.length}`);
  }
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, end)));
    const { __metadata__: metadata = {}, ...entries } = header;
    return { end, metadata, entries };
  } catch (cause) {
    throw new Error('safetensors: the header is not JSON', { cause });
  }
}

/**
 * @param {Uint8Array} body the file after its header
 * @param {string} name
 * @param {Entry} entry
 * @returns {SafeTensor}
 */
function readTensor(body, name, entry) {
  const { dtype, shape } = entry;
  const widen = SHORT_FLOATS[dtype];
  if (widen) {
    const bits = readArray(body, name, entry, Uint16Array);
    return { data: Float32Array.from(bits, widen), shape };
  }
  if (ARRAYS[dtype]) return { data: readArray(body, name, entry, ARRAYS[dtype]), shape };
  throw new Error(`safetensors: ${name} has dtype ${dtype}, which is not read`);
}

/**
 * @template {TensorArray | Uint16Array} T
 * @param {Uint8Array} body
 * @param {string} name
 * @param {Entry} entry
 * @param {ArrayType<T>} ArrayType
 */
function readArray(body, name, { shape, data_offsets: [start, end] }, ArrayType) {
  const length = shape.reduce((product, size) => product * size, 1);
  const needed = length * ArrayType.BYTES_PER_ELEMENT;
  if (end - start !== needed || start < 0 || end > body.length) {
    const place = `bytes ${start} to ${end} of ${body.length}`;
    throw new Error(`safetensors: ${name} needs ${needed} bytes for [${shape}], got ${place}`);
  }
  const aligned = (body.byteOffset + start) % ArrayType.BYTES_PER_ELEMENT === 0;
  return aligned
    ? new ArrayType(body.buffer, body.byteOffset + start, length)
    : new ArrayType(body.slice(start, end).buffer);
}
