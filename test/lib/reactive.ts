/**
 * A transparent proxy as Vue's `reactive` makes it: plain objects and arrays that are read out of it are wrapped too;
 * typed arrays, functions and the contents of frozen objects are not.
 */
export function reactive<T extends object>(value: T): T {
  return new Proxy(value, {
    get(target, key, receiver) {
      const own = Reflect.get(target, key, receiver);
      return isPlain(own) && Object.isExtensible(target) ? reactive(own) : own;
    },
  });
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]';
}
