/** A value as it may stand in a message: short, whatever it is. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map(describe).join(', ');
    return `[${shown}${value.length > 8 ? ', …' : ''}]`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  return `a ${kindOf(value)}`;
}

/** Name of a built-in class, also of another realm or of a subclass: 'Float32Array', 'URL', 'Object'. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
