import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Installations that have begun or ended, by folder. @type {Map<string, Promise<void>>} */
const installations = new Map();

/**
 * Installs the packages that a folder locks, unless they are installed: so the main `npm ci` stays light.
 *
 * @param {string} folder of the repository
 */
export function ensureInstalled(folder) {
  const installation = installations.get(folder) ?? install(folder);
  installations.set(folder, installation);
  return installation;
}

/** @param {string} folder */
async function install(folder) {
  const path = fileURLToPath(new URL(`../${folder}`, import.meta.url));
  const [locked, installed] = await Promise.all([
    timeOf(`${path}/package-lock.json`),
    timeOf(`${path}/node_modules/.package-lock.json`),
  ]);
  if (installed >= locked) return;
  console.error(`Installing ${folder}`);
  await promisify(execFile)('npm', ['ci', '--silent'], { cwd: path });
}

/**
 * Time at which a file was written, in ms; 0 if there is none.
 *
 * @param {string} file
 */
async function timeOf(file) {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
