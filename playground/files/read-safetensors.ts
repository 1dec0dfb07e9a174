import { parseSafetensors } from '../../examples/lib/safetensors.mjs';
import { type Contents, DEFAULT_STRIDES, type NumberArray } from './contents.ts';

type Tensors = ReturnType<typeof parseSafetensors>['tensors'];

/** @throws {Error} the file is broken, or something is missing */
export function readSafetensors(bytes: Uint8Array): Contents {
  const { tensors, metadata } = parseSafetensors(bytes);
  const named = (key: string) => {
    if (tensors[key]) return numbers(tensors[key]);
    throw new Error(
      `there is no tensor "${key}", only ${Object.keys(tensors).join(', ') || 'none'}`,
    );
  };
  if (!metadata.num_classes) throw new Error('its metadata has no num_classes');
  return {
    numClasses: Number(metadata.num_classes),
    strides: metadata.strides ? listOf(metadata.strides, 'strides') : DEFAULT_STRIDES,
    layout: metadata.layout ?? 'nchw',
    feats: levelsOf(tensors, named),
    batchIdx: named('batch_idx').data,
    cls: named('cls').data,
    bboxes: named('bboxes').data,
    images: tensors.images && named('images'),
    names: metadata.names ? jsonOf(metadata.names, 'names') : {},
  };
}

function levelsOf(tensors: Tensors, named: (key: string) => NumberArray): NumberArray[] {
  const levels = [named('feats.0')];
  while (tensors[`feats.${levels.length}`]) levels.push(named(`feats.${levels.length}`));
  return levels;
}

function numbers({ data, shape }: Tensors[string]): NumberArray {
  return { shape, data: data instanceof BigInt64Array ? Array.from(data, Number) : data };
}

function listOf(text: string, key: string): number[] {
  const list = jsonOf(text, key) as unknown;
  if (Array.isArray(list)) return list.map(Number);
  throw new Error(`its metadata's ${key} is no list: ${text}`);
}

function jsonOf(text: string, key: string): Record<number, string> {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`its metadata's ${key} is not JSON: ${text}`, { cause });
  }
}
