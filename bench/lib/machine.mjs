import { cpus } from 'node:os';
import { RUNTIMES } from '../../scripts/runtimes.mjs';
import { reasonOf } from './process.mjs';

/**
 * @typedef {object} Host a runtime of the suite, or the reason why it is not there
 * @property {string} key
 * @property {string} label
 * @property {string[]} command that runs a JavaScript file
 * @property {string} [chromium] path of the browser to use instead of `command`
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
 * @returns {Machine}
 */
export function inspectMachine() {
  const [{ model }] = cpus();
  return { cpu: model, cores: cpus().length, hosts: Object.keys(RUNTIMES).map(inspectRuntime) };
}

/** @param {Machine} machine */
export function describeMachine({ cpu, cores, hosts }) {
  const present = hosts.filter(({ missing }) => missing === undefined);
  return [`${cpu}, ${cores} cores`, ...present.map(({ label }) => label)].join(' · ');
}

/**
 * @param {string} key of RUNTIMES
 * @returns {Host}
 */
function inspectRuntime(key) {
  try {
    const { name, version, host, env } = RUNTIMES[key]();
    const label = `${name[0].toUpperCase()}${name.slice(1)} ${version.split('.').slice(0, 2).join('.')}`;
    return { key, label, command: host, chromium: env?.CHROMIUM_PATH };
  } catch (error) {
    return { key, label: key, command: [], missing: reasonOf(error) };
  }
}
