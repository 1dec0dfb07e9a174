import { countOf, describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';

/** Nesting of the tensors of a task's predictions, `out` and gradients. */
export interface Form<Nested> {
  /** Names of the tensors in order, for messages: 'feats[0]', …, 'prototypes'. */
  readonly names: readonly string[];
  /** Names of their gradients in order: 'out.feats[0]', …, 'out.prototypes'. */
  readonly outNames: readonly string[];

  /**
   * Lists the tensors of `out` in order, unchecked.
   *
   * @throws {ShapeError} TENSOR_TYPE, LEVEL_COUNT
   */
  flatten(action: string, out: unknown): unknown[];

  /** Nests a list of tensors. */
  nest(tensors: unknown[]): Nested;
}

/** Form of predictions that are a list of tensors, one per level. */
export function listForm<Nested>(name: string, levels: number): Form<Nested> {
  return {
    names: indexed(name, levels),
    outNames: indexed('out', levels),
    flatten: (action, out) => readList(`${action}: out`, out, levels),
    nest: (tensors) => tensors as Nested,
  };
}

/**
 * Form of predictions that are an object of tensors and lists of tensors.
 *
 * @param parts number of levels of each list by its name, or null for a tensor
 */
export function objectForm<Nested>(parts: { [Part in keyof Nested]: number | null }): Form<Nested> {
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
      const rest = [...tensors];
      const own = keys.map((key) => {
        const levels = parts[key];
        return [key, levels === null ? rest.shift() : rest.splice(0, levels)];
      });
      return Object.fromEntries(own);
    },
  };
}

/**
 * Checks that an object has all of its parts, but not the parts themselves.
 *
 * @throws {ShapeError} TENSOR_TYPE: a part is missing
 */
export function readParts<Key extends string>(
  name: string,
  value: unknown,
  keys: readonly Key[],
): Record<Key, unknown> {
  const parts = (value ?? {}) as Record<Key, unknown>;
  const missing = keys.find((key) => parts[key] === undefined);
  if (missing === undefined) return parts;
  const got = `${describe(value)} without ${missing}`;
  throw new ShapeError('TENSOR_TYPE', `${name} needs { ${keys.join(', ')} }, got ${got}`);
}

/** Names of a list's elements. */
function indexed(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name}[${i}]`);
}

/** Reads a list of tensors, unchecked. Throws ShapeError LEVEL_COUNT. */
function readList(name: string, value: unknown, levels: number): unknown[] {
  // Spreading turns holes into undefined
  if (Array.isArray(value) && value.length === levels) return [...value];
  const got = Array.isArray(value) ? `${value.length}` : describe(value);
  throw new ShapeError('LEVEL_COUNT', `${name} needs ${countOf(levels, 'level')}, got ${got}`);
}
