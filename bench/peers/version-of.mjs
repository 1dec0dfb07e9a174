import { readFile } from 'node:fs/promises';

/**
 * Reads the version of an installed package.
 *
 * @param {string} name
 * @returns {Promise<string>}
 */
export async function versionOf(name) {
  const file = new URL(`node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')).version;
}
