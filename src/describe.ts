/** Number of nested array levels that are shown; a value may contain itself. */
const MAX_DEPTH = 2;
/** Number of an array's elements that are shown. */
const MAX_ELEMENTS = 8;
/** Characters of a text that are shown. */
const MAX_TEXT = 40;

/** Describes a value for a message, in few characters. */
export function describe(value: unknown, depth = MAX_DEPTH): string {
  if (typeof value === 'string') return `'${value.slice(0, MAX_TEXT)}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) {
    if (depth === 0) return 'an array';
    // Spreading turns holes into undefined
    const shown = [...value.slice(0, MAX_ELEMENTS)].map((own) => describe(own, depth - 1));
    return `[${shown.join(', ')}${value.length > MAX_ELEMENTS ? ', …' : ''}]`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  const [name, adapter] = frameworkTensor(value) ?? [];
  if (name) return `${name} (use ${adapter})`;
  const kind = kindOf(value);
  return /^(?!uint)[aeiou]/i.test(kind) ? `an ${kind}` : `a ${kind}`;
}

/** Name of a framework's tensor, its adapter, and the member with its numbers; undefined for any other value. */
export function frameworkTensor(value: unknown): [string, string, string] | undefined {
  const given = (value ?? {}) as Record<string, unknown>;
  // Other getters of an ort.Tensor throw, depending on the location of its data
  if (Array.isArray(given.dims) && !given.shape) return ['an ort.Tensor', 'fromOrt', 'data'];
  if (typeof given.dataSync !== 'function') return undefined;
  return typeof given.gpuBuffer === 'function'
    ? ['a jax-js Array', 'detloss/jax', 'dataSync()']
    : ['a tf.Tensor', 'detloss/tfjs', 'dataSync()'];
}

/** Describes a number of things: '1 level', '2 levels'. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first line of a message of an engine or a driver. */
export function firstLine(message: string): string {
  return message.trim().split('\n')[0];
}

/** Name of a value's built-in class, in any realm, such as 'Float32Array', 'URL' or 'Object'. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
