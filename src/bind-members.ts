/**
 * Binds the methods and getters of an object's classes to the object, so that they work by themselves, as in
 * `const { value } = criterion`, and behind a Proxy such as Vue's, through which private fields cannot be reached.
 */
export function bindMembers(object: object): void {
  const { prototype } = Object;
  for (
    let owner = Object.getPrototypeOf(object);
    owner !== prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    for (const key of Reflect.ownKeys(owner)) {
      const { value, get } = Object.getOwnPropertyDescriptor(owner, key) as PropertyDescriptor;
      if (key === 'constructor' || Object.hasOwn(object, key)) continue;
      const own = get ? { get: get.bind(object) } : { value: value.bind(object), writable: true };
      Object.defineProperty(object, key, { ...own, configurable: true });
    }
  }
}
