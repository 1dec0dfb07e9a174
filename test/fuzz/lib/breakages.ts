import { detach, disguises, ruins } from './disguises.ts';
import { type CallerMemory, Draw, trueBytes } from './memory.ts';
import { at, type Path, pathsOf, put } from './tree.ts';
import { hostileNumber, hostileValue } from './values.ts';

/** One thing that is wrong with a call: small numbers, so that it shrinks and prints well. */
export interface Breakage {
  /** Which of the arguments' parts. */
  where: number;
  how: number;
  salt: number;
}

/** Arguments that are broken, and plain ones of the same meaning. */
export interface Pair {
  hostile: unknown[];
  /** Null: there is no such meaning, the call has to fail. */
  plain: unknown[] | null;
  /** Whether the broken ones have to be taken for the plain ones. */
  isSure: boolean;
  /** What was done, for messages. */
  story: string[];
}

/** What getters may do in the midst of a call. */
export interface Acts {
  /** Arrays of the caller's that they may take away. */
  memory: CallerMemory;
  /** Others, such as a call within the call. */
  others: readonly (() => void)[];
}

/** Changes both sides alike: the value itself is another. */
type Change = (value: unknown, draw: Draw, args: unknown[], paths: readonly Path[]) => unknown;

/** Elements of a list that is copied: some have billions. */
const MOST_COPIED = 1000;

const NOTHING = Symbol('nothing to break here');

/** The same class, other elements. */
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
    const length = trueBytes(value).length / value.BYTES_PER_ELEMENT;
    value[draw.below(length)] = hostileNumber(draw);
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

/** Changes that read other arguments than they change. */
const ELSEWHERE = ['memory of another argument', 'another argument'];

/** On the plain side: nothing that could stand here means the same. */
const RUIN = Symbol('ruin');

/** Breaks arguments of which there are two sets, equal and of memory apart. */
export function breakArguments(
  hostile: unknown[],
  plain: unknown[],
  breakages: readonly Breakage[],
  acts: Acts,
): Pair {
  const pair = { hostile, plain, isSure: true, story: [] };
  const paths = pathsOf(hostile);
  const inside = [...breakages].sort((a, b) => (a.where % paths.length) - (b.where % paths.length));
  for (const { where, how, salt } of inside) {
    const path = paths[where % paths.length];
    // The first one from there on that fits this value
    WAYS.some((_, i) => {
      try {
        return WAYS[(how + i) % WAYS.length](pair, path, new Draw(salt), paths, acts);
      } catch {
        // It was broken before, so that nobody can read it
        return false;
      }
    });
  }
  return { ...pair, plain: isRuined(plain) ? null : plain };
}

/** A way to break a value: whether it fits. */
type Way = (
  pair: Pair & { plain: unknown[] },
  path: Path,
  draw: Draw,
  paths: readonly Path[],
  acts: Acts,
) => boolean;

const replace: Way = ({ hostile, plain, story }, path, draw) => {
  const salt = draw.below(2 ** 30);
  const key = path[path.length - 1];
  for (const side of [hostile, plain]) put(side, path, hostileValue(new Draw(salt), key));
  story.push(`${path.join('.')}: another value`);
  return true;
};

const changeWays = Object.entries(changes).map(([name, change]): Way => {
  return ({ hostile, plain, story, isSure }, path, draw, paths) => {
    // What may lie at its second reading is left for the call to read
    if (!isSure && ELSEWHERE.includes(name)) return false;
    const salt = draw.below(2 ** 30);
    const changed = [hostile, plain].map((side) =>
      change(at(side, path), new Draw(salt), side, paths),
    );
    if (changed[0] === NOTHING) return false;
    put(hostile, path, changed[0]);
    put(plain, path, changed[1] === NOTHING ? RUIN : changed[1]);
    story.push(`${path.join('.')}: ${name}`);
    return true;
  };
});

const disguiseWays = [...disguises, ...ruins].map((disguise): Way => {
  return (pair, path, draw, _, acts) => {
    const value = at(pair.hostile, path);
    if (typeof value !== 'object' || value === null) return false;
    const worn = disguise.wear(value, draw, actOf(acts, draw));
    if (worn === undefined) return false;
    put(pair.hostile, path, worn);
    if (ruins.includes(disguise)) put(pair.plain, path, RUIN);
    pair.isSure &&= disguise.isSure;
    pair.story.push(`${path.join('.')}: ${disguise.name}`);
    return true;
  };
});

/** A replacement among every few others, as it is the one that fits everywhere. */
const WAYS: readonly Way[] = [...changeWays, ...disguiseWays].flatMap((way, i) =>
  i % 5 === 0 ? [replace, way] : [way],
);

/** @param seen arguments may contain themselves by now */
function isRuined(value: unknown, seen = new Set()): boolean {
  if (value === RUIN) return true;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  if (seen.has(value)) return false;
  seen.add(value);
  try {
    return Object.values(value).some((own) => isRuined(own, seen));
  } catch {
    return false;
  }
}

function actOf({ memory, others }: Acts, draw: Draw): () => void {
  const { arrays } = memory;
  if (draw.below(2) === 0 || arrays.length === 0) return draw.of(others);
  const array = draw.of(arrays);
  return () => {
    if (array.length > 0 && array.buffer instanceof ArrayBuffer) detach(array);
  };
}
