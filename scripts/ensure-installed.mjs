import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Installs what a folder locks, unless it is there: the main `npm ci` stays light.
 *
 * @param {string} folder of the repository
 */
export function ensureInstalled(folder) {
  const path = fileURLToPath(new URL(`../${folder}`, import.meta.url));
  if (existsSync(`${path}/node_modules/.package-lock.json`)) return;
  console.error(`Installing ${folder}`);
  execFileSync('npm', ['ci', '--silent'], { cwd: path, stdio: ['ignore', 2, 2] });
}
