export type Path = readonly (string | number)[];

/** Number of an array's elements that are worth a breakage; the others are like them. */
const MOST_ELEMENTS = 6;
/** Number of times that the path of an object or a list is listed: more can be wrong with it than with a number. */
const HOLDER_WEIGHT = 4;

/**
 * Lists the paths of all values in these arguments, the outermost last: a wrapper goes around a value that was broken
 * inside.
 */
export function pathsOf(args: readonly unknown[]): Path[] {
  const paths: Path[] = [];
  const visit = (value: unknown, path: Path) => {
    if (typeof value === 'object' && value !== null) {
      const keys = ArrayBuffer.isView(value) ? [] : Object.keys(value).slice(0, MOST_ELEMENTS);
      for (const key of keys) visit((value as Record<string, unknown>)[key], [...path, key]);
    }
    const isHolder = typeof value === 'object' && value !== null;
    for (let i = 0; i < (isHolder ? HOLDER_WEIGHT : 1); i++) paths.push(path);
  };
  args.forEach((value, i) => {
    visit(value, [i]);
  });
  return paths.sort((a, b) => b.length - a.length);
}

/** Gives the value at a path; undefined where a breakage has removed its parent. */
export function at(args: unknown, path: Path): unknown {
  let value = args;
  for (const key of path) value = (value as Record<string, unknown> | undefined | null)?.[key];
  return value;
}

/** Replaces the value at a path, unless a breakage has removed its parent. */
export function put(args: unknown, path: Path, value: unknown): void {
  const parent = at(args, path.slice(0, -1));
  if (typeof parent !== 'object' || parent === null) return;
  const key = path[path.length - 1];
  if (value === undefined && !Array.isArray(parent))
    delete (parent as Record<string, unknown>)[key];
  else (parent as Record<string, unknown>)[key] = value;
}
