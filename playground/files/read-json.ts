import type { Contents, NumberArray } from './contents.ts';

/** @throws {Error} the text is not JSON, or something is missing */
export function readJson(text: string): Contents {
  const file = toFields(parse(text), 'the file');
  const targets = toFields(file.targets, 'targets', file);
  return {
    numClasses: toNumber(file.numClasses, 'numClasses', file),
    strides: 'strides' in file ? toNumbers(file.strides, 'strides') : undefined,
    layout: String(file.layout ?? 'nchw'),
    feats: levelsOf(file),
    batchIdx: toNumbers(targets.batchIdx, 'targets.batchIdx', targets),
    cls: toNumbers(targets.cls, 'targets.cls', targets),
    bboxes: toNumbers(targets.bboxes, 'targets.bboxes', targets),
    images: undefined,
    names: 'names' in file ? (toFields(file.names, 'names') as Record<number, string>) : {},
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
  const { feats } = file;
  if (!Array.isArray(feats) || feats.length === 0) {
    throw wrong(feats, 'feats', 'an array of { shape, data }, one per level', file);
  }
  return feats.map((level, l) => {
    const fields = toFields(level, `feats[${l}]`);
    return {
      shape: toNumbers(fields.shape, `feats[${l}].shape`, fields),
      data: toNumbers(fields.data, `feats[${l}].data`, fields),
    };
  });
}

function toFields(value: unknown, path: string, parent?: Fields): Fields {
  if (typeof value !== 'object' || value === null) throw wrong(value, path, 'an object', parent);
  return value as Fields;
}

function toNumber(value: unknown, path: string, parent?: Fields): number {
  if (typeof value !== 'number') throw wrong(value, path, 'a number', parent);
  return value;
}

function toNumbers(value: unknown, path: string, parent?: Fields): number[] {
  const flat = Array.isArray(value) ? flatten(value) : [undefined];
  if (!flat.every((item) => typeof item === 'number')) {
    throw wrong(value, path, 'an array of numbers', parent);
  }
  return flat;
}

/** Flattens nested arrays, which PyTorch's `tolist()` returns. */
function flatten(array: unknown[]): unknown[] {
  return array.some(Array.isArray)
    ? array.flatMap((item) => (Array.isArray(item) ? flatten(item) : [item]))
    : array;
}

/** @param parent object that should have the value; its keys show a name that is spelled otherwise */
function wrong(value: unknown, path: string, need: string, parent: Fields = {}): Error {
  const keys = Object.keys(parent).join(', ');
  const got = value === undefined && keys ? `it is missing among ${keys}` : `got ${shown(value)}`;
  return new Error(`${path} should be ${need}: ${got}`);
}

/** Start of a value, as JSON. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
