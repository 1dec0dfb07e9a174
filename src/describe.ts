/** Arrays deeper in a value are not shown: it may contain itself. */
const MAX_DEPTH = 2;

/** A value as it may stand in a message: short, whatever it is. */
export function describe(value: unknown): string {
  return describeWithin(value, MAX_DEPTH);
}

function describeWithin(value: unknown, depth: number): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) {
    if (depth === 0) return 'an array';
    const shown = value.slice(0, 8).map((item) => describeWithin(item, depth - 1));
    return `[${shown.join(', ')}${value.length > 8 ? ', …' : ''}]`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  const kind = kindOf(value);
  return /^(?!Uint)[AEIOU]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

/** Name of a built-in class, also of another realm or of a subclass: 'Float32Array', 'URL', 'Object'. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
