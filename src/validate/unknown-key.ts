/** Characters of an unknown key that a message shows. */
const MOST_OF_A_KEY = 40;

/**
 * Finds a key that an object should not have, because it may be a typing mistake.
 *
 * @returns undefined if there is none; or else the key, the known one that it may stand for, and all known ones
 */
export function findUnknownKey(value: object, known: readonly string[]): string | undefined {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return undefined;
  const meant = known.find((key) => lettersOf(key) === lettersOf(unknown));
  const hint = meant ? `, did you mean ${meant}?` : '';
  return `${unknown.slice(0, MOST_OF_A_KEY)}${hint}; known are ${known.join(', ')}`;
}

function lettersOf(key: string): string {
  return key.replace(/[_-]/g, '').toLowerCase();
}
