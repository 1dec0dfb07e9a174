import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Path of the first of these programs that $PATH has.
 *
 * @param {string[]} names
 * @returns {string | undefined}
 */
export function findProgram(names) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/**
 * Path of a program, which is installed first if it is missing.
 *
 * @param {string} what its name, for the error
 * @param {() => string | undefined} find
 * @param {(() => unknown)[]} installs ways to install it, the first one to be tried first
 * @returns {string}
 * @throws {Error} there is none and none could be installed
 */
export function ensureProgram(what, find, installs) {
  for (const install of [() => {}, ...installs]) {
    install();
    const path = find();
    if (path) return path;
  }
  throw new Error(`${what} is missing and could not be installed: please install it`);
}

/**
 * Installs packages of Debian or Ubuntu, where there is apt-get.
 *
 * @param {string[]} packages
 */
export function installWithApt(packages) {
  if (!existsSync('/usr/bin/apt-get')) return;
  const apt = [...(process.getuid?.() === 0 ? [] : ['sudo', '-n']), 'apt-get'];
  run([...apt, 'update']) && run([...apt, 'install', '-y', '--no-install-recommends', ...packages]);
}

/** @param {string[]} command */
export function run([program, ...args]) {
  return spawnSync(program, args, { stdio: 'inherit' }).status === 0;
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
