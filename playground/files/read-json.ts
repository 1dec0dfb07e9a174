import { type Contents, DEFAULT_STRIDES, type NumberArray } from './contents.ts';

/** @throws {Error} the text is not JSON, or something is missing */
export function readJson(text: string): Contents {
  const file = objectAt({ 'the file': parse(text) }, 'the file');
  const targets = objectAt(file, 'targets');
  return {
    numClasses: numberAt(file, 'numClasses'),
    strides: 'strides' in file ? arrayAt(file, 'strides') : DEFAULT_STRIDES,
    layout: String(file.layout ?? 'nchw'),
    feats: levelsOf(file),
    batchIdx: arrayAt(targets, 'batchIdx'),
    cls: arrayAt(targets, 'cls'),
    bboxes: arrayAt(targets, 'bboxes'),
    images: undefined,
    names: 'names' in file ? (objectAt(file, 'names') as Record<number, string>) : {},
  };
}

type Fields = Record<string, unknown>;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`it is not JSON, ${(cause as SyntaxError).message}`, { cause });
  }
}

function levelsOf(file: Fields): NumberArray[] {
  if (!Array.isArray(file.feats)) throw missing('feats', 'an array of { shape, data }');
  return file.feats.map((_, l) => {
    const level = objectAt(file.feats as unknown as Fields, `${l}`);
    return { shape: arrayAt(level, 'shape'), data: arrayAt(level, 'data') };
  });
}

function objectAt(fields: Fields, key: string): Fields {
  const value = fields[key];
  if (typeof value !== 'object' || value === null) throw missing(key, 'an object');
  return value as Fields;
}

function numberAt(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== 'number') throw missing(key, 'a number');
  return value;
}

function arrayAt(fields: Fields, key: string): number[] {
  const value = fields[key];
  if (!Array.isArray(value)) throw missing(key, 'an array of numbers');
  const flat = flatten(value);
  if (!flat.every((item) => typeof item === 'number')) throw missing(key, 'an array of numbers');
  return flat;
}

/** Flattens nested arrays, which PyTorch's `tolist()` returns. */
function flatten(array: unknown[]): unknown[] {
  return array.some(Array.isArray)
    ? array.flatMap((item) => (Array.isArray(item) ? flatten(item) : [item]))
    : array;
}

function missing(key: string, need: string): Error {
  return new Error(`${key} should be ${need}`);
}
