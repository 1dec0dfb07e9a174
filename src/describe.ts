/** Arrays deeper in a value are not shown: it may contain itself. */
const MAX_DEPTH = 2;
/** Elements of an array that are shown. */
const MAX_ELEMENTS = 8;
const MAX_NAME = 40;
const MAX_REASON = 500;

/** A value as it may stand in a message: short, whatever it is. */
export function describe(value: unknown): string {
  try {
    return describeWithin(value, MAX_DEPTH);
  } catch {
    return 'a value that cannot be read';
  }
}

/** What was thrown, as it may stand in a message. */
export function reasonOf(thrown: unknown): string {
  try {
    const { message } = thrown as Error;
    return (typeof message === 'string' ? message : describe(thrown)).slice(0, MAX_REASON);
  } catch {
    return describe(thrown);
  }
}

/** The first line of another's message. */
export function firstLine(message: string): string {
  return message.trim().split('\n')[0];
}

function describeWithin(value: unknown, depth: number): string {
  if (typeof value === 'string') return `'${value.slice(0, MAX_NAME)}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) {
    if (depth === 0) return 'an array';
    const shown: string[] = [];
    const { length } = value;
    for (let i = 0; i < Math.min(length, MAX_ELEMENTS); i++) {
      shown.push(describeWithin(value[i], depth - 1));
    }
    return `[${shown.join(', ')}${length > MAX_ELEMENTS ? ', …' : ''}]`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  const kind = kindOf(value).slice(0, MAX_NAME);
  return /^(?!Uint)[AEIOU]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

/** Name of a built-in class, also of another realm or of a subclass: 'Float32Array', 'URL', 'Object'. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
