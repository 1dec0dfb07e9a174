import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { ensureInstalled } from './ensure-installed.mjs';
import { ensureFirefox } from './firefox.mjs';
import { softwareGpu } from './software-gpu.mjs';
import { versionOfWebkit } from './webkit.mjs';

/**
 * @typedef {object} Runtime
 * @property {string} name what the runtime calls itself; a test compares name and version
 * @property {string} version
 * @property {string[]} host command that runs a JavaScript file, Vitest's
 * @property {Record<string, string>} [env]
 */

/** Environment of Node 24, which tries random problems on WebGPU, and in WASM those that Node 20 has tried already. */
const OF_NODE_24 = { EFFORT: '0.3', FUZZ_CALLS: '150' };

/** Environment of other runtimes: what their engines could do differently shows in few problems of each kind. */
const OF_OTHERS = { EFFORT: '0.1', FUZZ_CALLS: '150' };

const FOLDER = 'test/runtimes';

/**
 * The runtimes of the suite. Each function installs what is missing and throws where it cannot.
 *
 * @type {Record<string, () => Promise<Runtime>>}
 */
export const RUNTIMES = {
  node: async () => {
    const { node: version } = process.versions;
    return { name: 'node', version, host: [process.execPath], env: softwareGpu() };
  },
  node24: async () => {
    await installRuntimes();
    const node = pathOf('node');
    const env = { ...softwareGpu(), ...OF_NODE_24 };
    return { name: 'node', version: versionOf(node), host: [node], env };
  },
  deno: async () => {
    await installRuntimes();
    const deno = pathOf('deno');
    const host = [deno, 'run', '--allow-all', '--no-lock'];
    const env = { ...softwareGpu(), ...OF_OTHERS };
    return { name: 'deno', version: versionOf(deno), host, env };
  },
  chromium: async () => {
    const chromium = ensureChromium();
    return {
      name: 'chromium',
      version: versionOf(chromium),
      host: [process.execPath],
      env: { CHROMIUM_PATH: chromium, ...OF_OTHERS },
    };
  },
  firefox: async () => ({
    name: 'firefox',
    version: versionOf(ensureFirefox()),
    host: [process.execPath],
    env: OF_OTHERS,
  }),
  webkit: async () => ({
    name: 'webkit',
    version: await versionOfWebkit(),
    host: [process.execPath],
    env: OF_OTHERS,
  }),
};

/** Installs the runtimes that come from npm. */
export const installRuntimes = () => ensureInstalled(FOLDER);

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
