import { parseSafetensors } from '../../examples/lib/safetensors.mjs';
import type { Contents, NumberArray } from './contents.ts';

type Tensors = ReturnType<typeof parseSafetensors>['tensors'];

const NEEDED = ['feats.0', 'batch_idx', 'cls', 'bboxes'];
/** Number of tensors that a message names; a model's weights are hundreds. */
const MOST_NAMED = 6;

/** @throws {Error} the file is broken, or something is missing */
export function readSafetensors(bytes: Uint8Array): Contents {
  const { tensors, metadata } = parseSafetensors(bytes);
  checkPresent(tensors, NEEDED);
  return {
    numClasses: countOf(metadata.num_classes),
    strides: metadata.strides ? listOf(metadata.strides, 'strides') : undefined,
    layout: metadata.layout ?? 'nchw',
    feats: levelsOf(tensors),
    batchIdx: numbers(tensors.batch_idx).data,
    cls: numbers(tensors.cls).data,
    bboxes: numbers(tensors.bboxes).data,
    images: tensors.images && numbers(tensors.images),
    names: metadata.names ? jsonOf(metadata.names, 'names') : {},
  };
}

function checkPresent(tensors: Tensors, needed: readonly string[]): void {
  const missing = needed.filter((name) => !tensors[name]);
  if (missing.length === 0) return;
  const found = Object.keys(tensors);
  const more = found.length - MOST_NAMED;
  const named = found.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const tail = missing.length > 1 ? 's' : '';
  throw new Error(
    `it lacks the tensor${tail} ${missing.join(', ')}; the tensors in it are: ${named || 'none'}`,
  );
}

function levelsOf(tensors: Tensors): NumberArray[] {
  const count = Object.keys(tensors).filter((name) => /^feats\.\d+$/.test(name)).length;
  const names = Array.from({ length: count }, (_, l) => `feats.${l}`);
  checkPresent(tensors, names);
  return names.map((name) => numbers(tensors[name]));
}

function numbers({ data, shape }: Tensors[string]): NumberArray {
  return { shape, data: data instanceof BigInt64Array ? Array.from(data, Number) : data };
}

function countOf(text: string | undefined): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  const got = text === undefined ? 'it is missing' : `got "${text}"`;
  throw new Error(`its metadata needs num_classes, the number of classes: ${got}`);
}

function listOf(text: string, key: string): number[] {
  const list = jsonOf(text, key) as unknown;
  if (Array.isArray(list)) return list.map(Number);
  throw new Error(`its metadata's ${key} should be a list such as [8, 16, 32], got ${text}`);
}

function jsonOf(text: string, key: string): Record<number, string> {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`its metadata's ${key} is not JSON: ${text}`, { cause });
  }
}
