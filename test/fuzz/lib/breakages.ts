import { disguises, ruins } from './disguises.ts';
import { Draw } from './memory.ts';
import { at, type Path, pathsOf, put } from './tree.ts';
import { strangeNumber, strangeValue } from './values.ts';

/** One defect of a call, as small numbers, which shrink and print well. */
export interface Breakage {
  /** Number of the argument part that is broken. */
  where: number;
  /** Number of the way in which it is broken. */
  how: number;
  salt: number;
}

/** Broken arguments, and equivalent plain ones. */
export interface Pair {
  broken: unknown[];
  /** Equivalent plain arguments; null: there are none, and the call must fail. */
  plain: unknown[] | null;
  /** Names of the breakages, for messages. */
  story: string[];
}

/** Changes both sides alike, into another value. */
type Change = (value: unknown, draw: Draw, args: unknown[], paths: readonly Path[]) => unknown;

/** Longer lists are not copied: some have billions of elements. */
const MOST_COPIED = 1000;

const NOTHING = Symbol('nothing to break here');

/** Copies an array to another length. */
function resized(value: unknown, length: number): unknown {
  const Own = (value as Float32Array).constructor as Float32ArrayConstructor;
  const copy = new Own(length);
  copy.set((value as Float32Array).subarray(0, length));
  return copy;
}

const isArray = (value: unknown): value is Float32Array => ArrayBuffer.isView(value);

const changes: Record<string, Change> = {
  'an element': (value, draw) => {
    if (!isArray(value) || value.length === 0) return NOTHING;
    value[draw.below(value.length)] = strangeNumber(draw);
    return value;
  },
  'one shorter': (value) =>
    isArray(value) && value.length > 0 ? resized(value, value.length - 1) : NOTHING,
  'one longer': (value) => (isArray(value) ? resized(value, value.length + 1) : NOTHING),
  'another type': (value, draw) => {
    if (!isArray(value)) return NOTHING;
    const Other = draw.of([Float64Array, Int32Array, Uint8Array, Float32Array, Int16Array]);
    return Other.from(value);
  },
  'plain numbers': (value) => (isArray(value) ? Array.from(value) : NOTHING),
  'memory of another argument': (_, draw, args, paths) => {
    const other = at(args, draw.of(paths));
    if (!isArray(other)) return NOTHING;
    return draw.below(2) === 0 ? other : other.subarray(draw.below(other.length));
  },
  'another argument': (_, draw, args, paths) => at(args, draw.of(paths)),
  'a list of another order or length': (value, draw) => {
    if (!Array.isArray(value) || value.length > MOST_COPIED) return NOTHING;
    const hole = value.slice();
    delete hole[draw.below(hole.length)];
    return draw.of([
      value.slice().reverse(),
      value.slice(1),
      value.concat([value[0]]),
      [value],
      hole,
      Object.assign(value.slice(), { length: 2 ** 32 - 1 }),
    ]);
  },
  'an unknown key': (value) =>
    typeof value === 'object' && value !== null && !isArray(value)
      ? Object.assign(value, { unknown: 1 })
      : NOTHING,
};

/** Plain counterpart of a value without an equivalent plain value. */
const RUIN = Symbol('ruin');

/** Breaks arguments that are passed as two equal sets in separate memory. */
export function breakArguments(
  broken: unknown[],
  plain: unknown[],
  breakages: readonly Breakage[],
): Pair {
  const pair = { broken, plain, story: [] };
  const paths = pathsOf(broken);
  const inside = [...breakages].sort((a, b) => (a.where % paths.length) - (b.where % paths.length));
  for (const { where, how, salt } of inside) {
    const path = paths[where % paths.length];
    // The first way from this number on that fits the value
    WAYS.some((_, i) => {
      try {
        return WAYS[(how + i) % WAYS.length](pair, path, new Draw(salt), paths);
      } catch {
        // An earlier breakage froze it or took its memory
        return false;
      }
    });
  }
  return { ...pair, plain: isRuined(plain) ? null : plain };
}

/** A way to break a value; returns whether it fits the value. */
type Way = (
  pair: Pair & { plain: unknown[] },
  path: Path,
  draw: Draw,
  paths: readonly Path[],
) => boolean;

const replace: Way = ({ broken, plain, story }, path, draw) => {
  const salt = draw.below(2 ** 30);
  const key = path[path.length - 1];
  for (const side of [broken, plain]) put(side, path, strangeValue(new Draw(salt), key));
  story.push(`${path.join('.')}: another value`);
  return true;
};

const changeWays = Object.entries(changes).map(([name, change]): Way => {
  return ({ broken, plain, story }, path, draw, paths) => {
    const salt = draw.below(2 ** 30);
    const changed = [broken, plain].map((side) =>
      change(at(side, path), new Draw(salt), side, paths),
    );
    if (changed[0] === NOTHING) return false;
    put(broken, path, changed[0]);
    put(plain, path, changed[1] === NOTHING ? RUIN : changed[1]);
    story.push(`${path.join('.')}: ${name}`);
    return true;
  };
});

const disguiseWays = [...disguises, ...ruins].map((disguise): Way => {
  return (pair, path, draw) => {
    const value = at(pair.broken, path);
    if (typeof value !== 'object' || value === null) return false;
    const worn = disguise.wear(value, draw);
    if (worn === undefined) return false;
    put(pair.broken, path, worn);
    if (ruins.includes(disguise)) put(pair.plain, path, RUIN);
    pair.story.push(`${path.join('.')}: ${disguise.name}`);
    return true;
  };
});

/** Every few ways are followed by a replacement, which fits any value. */
const WAYS: readonly Way[] = [...changeWays, ...disguiseWays].flatMap((way, i) =>
  i % 5 === 0 ? [replace, way] : [way],
);

/**
 * Whether a ruin is among the arguments.
 *
 * @param seen values that were visited: breakages may make arguments that contain themselves
 */
function isRuined(value: unknown, seen = new Set()): boolean {
  if (value === RUIN) return true;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  if (seen.has(value)) return false;
  seen.add(value);
  return Object.values(value).some((own) => isRuined(own, seen));
}
