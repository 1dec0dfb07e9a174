import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { softwareGpu } from './software-gpu.mjs';

/**
 * @typedef {object} Runtime
 * @property {string} name what the runtime calls itself; a test compares name and version
 * @property {string} version
 * @property {string[]} host command that runs a JavaScript file, Vitest's
 * @property {string[]} projects of vitest.config.ts
 * @property {Record<string, string>} [env]
 */

/** Their engine is that of Node 24, where WASM has had its random problems. */
const OF_NODE_24 = { EFFORT: '0.3' };

const FOLDER = 'test/runtimes';
let areInstalled = false;

/**
 * The runtimes of the suite. Each function installs what is missing and throws where it cannot.
 *
 * @type {Record<string, () => Runtime>}
 */
export const RUNTIMES = {
  node: () => {
    // Tests of the package run it in the others, too
    installRuntimes();
    return {
      name: 'node',
      version: process.versions.node,
      host: [process.execPath],
      projects: ['node', 'once'],
      env: softwareGpu(),
    };
  },
  node24: () => {
    installRuntimes();
    const node = pathOf('node');
    return {
      name: 'node',
      version: versionOf(node),
      host: [node],
      projects: ['node without gpu'],
      env: softwareGpu(),
    };
  },
  deno: () => {
    installRuntimes();
    const deno = pathOf('deno');
    const host = [deno, 'run', '--allow-all', '--no-lock'];
    const env = { ...softwareGpu(), ...OF_NODE_24 };
    return { name: 'deno', version: versionOf(deno), host, projects: ['node'], env };
  },
  chromium: () => {
    const chromium = ensureChromium();
    return {
      name: 'chromium',
      version: versionOf(chromium),
      host: [process.execPath],
      projects: ['chromium'],
      env: { CHROMIUM_PATH: chromium, ...OF_NODE_24 },
    };
  },
};

/** Installs the runtimes that come from npm. */
export function installRuntimes() {
  if (areInstalled) return;
  execFileSync('npm', ['ci', '--silent'], { cwd: FOLDER, stdio: 'inherit' });
  areInstalled = true;
}

/**
 * Path of a runtime that comes from npm.
 *
 * @param {'node' | 'deno'} name
 */
export function pathOf(name) {
  return resolve(FOLDER, 'node_modules/.bin', name);
}

/** @param {string} program */
function versionOf(program) {
  const printed = execFileSync(program, ['--version'], { encoding: 'utf8' });
  const version = printed.match(/\d+(\.\d+)+/)?.[0];
  if (!version) throw new Error(`${program} --version printed no version: ${printed}`);
  return version;
}
