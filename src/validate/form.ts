import { countOf, describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import { findUnknownKey } from './unknown-key.ts';

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

/** Structure of tensors: a tensor (null), a list of so many tensors, or parts by name. */
export type Parts = null | number | { readonly [name: string]: Parts };

/**
 * Form of predictions.
 *
 * @param name name of predictions that are a list or a tensor; parts have their own
 */
export function formOf<Nested>(parts: Parts, name = ''): Form<Nested> {
  return {
    names: namesOf(parts, name),
    outNames: namesOf(parts, 'out'),
    flatten: (action, out) => flatten(parts, `${action}: out`, out),
    nest: (tensors) => nest(parts, [...tensors]) as Nested,
  };
}

/** Form of predictions that are an object of tensors (null) and lists of tensors. */
export function objectForm<Nested>(parts: { [Part in keyof Nested]: number | null }): Form<Nested> {
  return formOf(parts as Parts);
}

/** Name of a part of something that may have a name. */
export function partName(whole: string, part: string): string {
  return whole === '' ? part : `${whole}.${part}`;
}

function namesOf(parts: Parts, name: string): string[] {
  if (parts === null) return [name];
  if (typeof parts === 'number') return indexed(name, parts);
  return Object.entries(parts).flatMap(([key, own]) => namesOf(own, partName(name, key)));
}

function flatten(parts: Parts, name: string, value: unknown): unknown[] {
  if (parts === null) return [value];
  if (typeof parts === 'number') return readList(name, value, parts);
  const given = readParts(name, value, Object.keys(parts));
  return Object.entries(parts).flatMap(([key, own]) => flatten(own, `${name}.${key}`, given[key]));
}

/** @param tensors those of the parts and of what follows; the former are taken from it */
function nest(parts: Parts, tensors: unknown[]): unknown {
  if (parts === null) return tensors.shift();
  if (typeof parts === 'number') return tensors.splice(0, parts);
  const own = Object.entries(parts).map(([key, part]) => [key, nest(part, tensors)]);
  return Object.fromEntries(own);
}

/**
 * Checks that an object has all of its parts and no others, but not the parts themselves.
 *
 * @throws {ShapeError} TENSOR_TYPE: a part is missing or unknown
 */
export function readParts<Key extends string>(
  name: string,
  value: unknown,
  keys: readonly Key[],
  optional: readonly string[] = [],
): Record<Key, unknown> {
  const parts = (value ?? {}) as Record<Key, unknown>;
  const missing = keys.find((key) => parts[key] === undefined);
  if (missing !== undefined) {
    const got = `${describe(value)} without ${missing}`;
    throw new ShapeError('TENSOR_TYPE', `${name} needs { ${keys.join(', ')} }, got ${got}`);
  }
  // A loss without the term of a misspelt part would pass for the whole
  const given = Object.entries(parts).filter(([, part]) => part !== undefined);
  const unknown = findUnknownKey(Object.fromEntries(given), [...keys, ...optional]);
  if (unknown === undefined) return parts;
  throw new ShapeError('TENSOR_TYPE', `${name} has the unknown part ${unknown}`);
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
