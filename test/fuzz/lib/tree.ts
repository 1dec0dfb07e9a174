export type Path = readonly (string | number)[];

/** Elements of an array whose places are worth a breakage; the rest are like them. */
const MOST_ELEMENTS = 6;
const HOLDER_WEIGHT = 4;

/**
 * Paths of all that can be broken in these arguments, the outermost last: wrappers go around what is broken inside. What
 * holds others is there more often, as more can be wrong with it than with a number.
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

/** The value there; undefined where a breakage has taken its parent away. */
export function at(args: unknown, path: Path): unknown {
  let value = args;
  for (const key of path) value = (value as Record<string, unknown> | undefined | null)?.[key];
  return value;
}

/** Replaces the value there, or does nothing where a breakage has taken its parent away. */
export function put(args: unknown, path: Path, value: unknown): void {
  const parent = at(args, path.slice(0, -1));
  if (typeof parent !== 'object' || parent === null) return;
  const key = path[path.length - 1];
  if (value === undefined && !Array.isArray(parent))
    delete (parent as Record<string, unknown>)[key];
  else (parent as Record<string, unknown>)[key] = value;
}
