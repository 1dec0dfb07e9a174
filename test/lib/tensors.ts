import type { Tensor } from '../../src/types.ts';

/** A tensor, or tensors nested in lists and objects. */
export type Nested = Tensor<ArrayLike<number>> | readonly Nested[] | { [key: string]: Nested };

const isTensor = (value: object): value is Tensor => 'data' in value && 'shape' in value;

/** Lists tensors by path: 'feats.0', 'prototypes'. */
export function tensorsOf(nested: object, path = ''): Record<string, Tensor> {
  if (isTensor(nested)) return { [path]: nested };
  const parts = Object.entries(nested).map(([key, part]) =>
    tensorsOf(part, path === '' ? key : `${path}.${key}`),
  );
  return Object.assign({}, ...parts);
}

/** Replaces every tensor and keeps the structure. */
export function mapTensors<T extends object>(
  nested: T,
  change: (tensor: Tensor, path: string) => Tensor,
  path = '',
): T {
  if (isTensor(nested)) return change(nested, path) as unknown as T;
  const entries = Object.entries(nested).map(([key, part]) => [
    key,
    mapTensors(part, change, path === '' ? key : `${path}.${key}`),
  ]);
  const mapped = Object.fromEntries(entries);
  return (Array.isArray(nested) ? Object.values(mapped) : mapped) as T;
}

/** Copies every tensor, or fills new ones with a value. */
export function copyTensors<T extends object>(nested: T, value?: number): T {
  return mapTensors(nested, ({ data, shape }) => ({
    data: value === undefined ? data.slice() : new Float32Array(data.length).fill(value),
    shape,
  }));
}

/** Paths of tensors, of a flow's 72 only the first and the last. */
export function sampledPaths(nested: object): string[] {
  return Object.keys(tensorsOf(nested)).filter((path) => !/^flow\.(?!(0|71)$)/.test(path));
}
