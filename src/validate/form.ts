import { describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import { copyList } from './read.ts';

/** How the tensors of a task's predictions are nested, which `out` and gradients mirror. */
export interface Form<Nested> {
  /** Of each tensor, in order, for messages: 'feats[0]', …, 'prototypes'. */
  readonly names: readonly string[];
  /** The same inside of `out`. */
  readonly outNames: readonly string[];

  /** What stands where the tensors should, of something that was given as `out`. Throws ShapeError. */
  flatten(action: string, out: unknown): unknown[];

  /** @param tensors in order */
  nest(tensors: unknown[]): Nested;
}

/** A list of tensors, one a level. */
export function listForm<Nested>(name: string, levels: number): Form<Nested> {
  return {
    names: indexed(name, levels),
    outNames: indexed('out', levels),
    flatten: (action, out) => readList(`${action}: out`, out, levels),
    nest: (tensors) => tensors as Nested,
  };
}

/**
 * An object of tensors and lists of them.
 *
 * @param parts levels of each list, null for a tensor, by name
 */
export function objectForm<Nested>(
  parts: Record<keyof Nested & string, number | null>,
): Form<Nested> {
  const keys = Object.keys(parts) as (keyof Nested & string)[];
  const names = keys.flatMap((key) => (parts[key] === null ? [key] : indexed(key, parts[key])));
  return {
    names,
    outNames: names.map((name) => `out.${name}`),
    flatten(action, out) {
      const given = readParts(`${action}: out`, out, keys);
      return keys.flatMap((key) => {
        const levels = parts[key];
        if (levels === null) return [given[key]];
        return readList(`${action}: out.${key}`, given[key], levels);
      });
    },
    nest(tensors) {
      const nested = {} as Nested;
      let next = 0;
      for (const key of keys) {
        const levels = parts[key];
        const own = levels === null ? tensors[next] : tensors.slice(next, next + levels);
        nested[key] = own as Nested[typeof key];
        next += levels ?? 1;
      }
      return nested;
    },
  };
}

/**
 * The parts of an object, each read once, whatever they are.
 *
 * @throws {ShapeError} TENSOR_TYPE: one of them is missing
 */
export function readParts<Key extends string>(
  name: string,
  value: unknown,
  keys: readonly Key[],
): Record<Key, unknown> {
  const given = (value ?? {}) as Record<Key, unknown>;
  const parts = {} as Record<Key, unknown>;
  for (const key of keys) {
    parts[key] = given[key];
    if (parts[key] !== undefined) continue;
    const needed = `{ ${keys.join(', ')} }`;
    const got = `${describe(value)} without ${key}`;
    throw new ShapeError('TENSOR_TYPE', `${name} needs ${needed}, got ${got}`);
  }
  return parts;
}

function indexed(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name}[${i}]`);
}

/** @throws {ShapeError} LEVEL_COUNT */
function readList(name: string, value: unknown, levels: number): unknown[] {
  const list = copyList(value, levels);
  if (list?.length === levels) return list;
  const got = Array.isArray(value) ? `${value.length}` : describe(value);
  throw new ShapeError('LEVEL_COUNT', `${name} needs ${levels} levels, got ${got}`);
}
