import { cpus } from 'node:os';
import { RUNTIMES } from '../../scripts/runtimes.mjs';
import { VISITORS } from '../../scripts/visitor.mjs';
import { reasonOf } from './process.mjs';

/**
 * @typedef {object} Host a runtime of the suite, or the reason why it is missing
 * @property {string} key
 * @property {string} label
 * @property {string[]} command that runs a JavaScript file
 * @property {string} [chromium] path of the browser to use instead of `command`
 * @property {keyof typeof VISITORS} [visitor] browser to use instead of `command`
 * @property {string} [missing]
 *
 * @typedef {object} Machine
 * @property {string} cpu
 * @property {number} cores
 * @property {Host[]} hosts
 */

/**
 * Installs the runtimes that are missing.
 *
 * @returns {Promise<Machine>}
 */
export async function inspectMachine() {
  const [{ model }] = cpus();
  const hosts = await Promise.all(Object.keys(RUNTIMES).map(inspectRuntime));
  return { cpu: model, cores: cpus().length, hosts };
}

/** @param {Machine} machine */
export function describeMachine({ cpu, cores, hosts }) {
  const present = hosts.filter(({ missing }) => missing === undefined);
  return [`${cpu}, ${cores} cores`, ...present.map(({ label }) => label)].join(' · ');
}

/**
 * @param {string} key of RUNTIMES
 * @returns {Promise<Host>}
 */
async function inspectRuntime(key) {
  try {
    const { name, version, host, env } = await RUNTIMES[key]();
    const title = name === 'webkit' ? 'WebKit' : `${name[0].toUpperCase()}${name.slice(1)}`;
    const label = `${title} ${version.split('.').slice(0, 2).join('.')}`;
    const visitor = name in VISITORS ? /** @type {keyof typeof VISITORS} */ (name) : undefined;
    return { key, label, command: host, chromium: env?.CHROMIUM_PATH, visitor };
  } catch (error) {
    return { key, label: key, command: [], missing: reasonOf(error) };
  }
}
