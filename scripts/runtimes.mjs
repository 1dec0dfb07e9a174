import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
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

const FOLDER = 'test/runtimes';
let isFolderInstalled = false;

/**
 * The runtimes of the suite. Each function installs what is missing and throws where it cannot.
 *
 * @type {Record<string, () => Runtime>}
 */
export const RUNTIMES = {
  node: () => ({
    name: 'node',
    version: process.versions.node,
    host: [process.execPath],
    projects: ['node', 'package'],
    env: softwareGpu(),
  }),
  node24: () => {
    const node = installFromNpm('node');
    return {
      name: 'node',
      version: versionOf(node),
      host: [node],
      projects: ['node'],
      env: softwareGpu(),
    };
  },
  deno: () => {
    const deno = installFromNpm('deno');
    const host = [deno, 'run', '--allow-all', '--no-lock'];
    return { name: 'deno', version: versionOf(deno), host, projects: ['node'], env: softwareGpu() };
  },
  chromium: () => {
    const chromium = ensureChromium();
    return {
      name: 'chromium',
      version: versionOf(chromium),
      host: [process.execPath],
      projects: ['chromium'],
      env: { CHROMIUM_PATH: chromium },
    };
  },
};

/**
 * Path of a runtime that comes from npm.
 *
 * @param {string} name
 */
function installFromNpm(name) {
  if (!isFolderInstalled) {
    execFileSync('npm', ['ci', '--silent'], { cwd: FOLDER, stdio: 'inherit' });
    isFolderInstalled = true;
  }
  return join(FOLDER, 'node_modules/.bin', name);
}

/** @param {string} program */
function versionOf(program) {
  const printed = execFileSync(program, ['--version'], { encoding: 'utf8' });
  const version = printed.match(/\d+(\.\d+)+/)?.[0];
  if (!version) throw new Error(`${program} --version printed no version: ${printed}`);
  return version;
}
