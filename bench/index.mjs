/**
 * Runs the benchmarks of this folder, which print tables. A run of all of them also writes bench/results/latest.json and,
 * from it, the figures of README.md, docs/speed.md and docs/speed.svg.
 *
 *   npm run bench                    runs every benchmark
 *   npm run bench -- stages small    runs only these, and writes nothing
 *
 * `node bench/versions.mjs <folder>` compares the speed of this build with that of another, whose `dist` the folder is.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bench as benchGpuPeers } from './gpu-peers.mjs';
import { bench as benchGpuRuntimes } from './gpu-runtimes.mjs';
import { describeMachine, inspectMachine } from './lib/machine.mjs';
import { inProcess } from './lib/process.mjs';
import { printFinding } from './lib/table.mjs';
import { bench as benchPeers } from './peers.mjs';
import { bench as benchRuntimes } from './runtimes.mjs';
import { bench as benchStart } from './start.mjs';

/**
 * @typedef {object} Results bench/results/latest.json
 * @property {string} machine
 * @property {import('./lib/machine.mjs').Host[]} hosts
 * @property {Record<string, import('./lib/table.mjs').Finding[]>} findings by question
 */

const RESULTS = new URL('results/', import.meta.url);
const NODE = process.execPath;

/** @type {Record<string, (machine: import('./lib/machine.mjs').Machine) => Promise<import('./lib/table.mjs').Finding[]>>} */
const QUESTIONS = {
  detection: ({ hosts }) => benchRuntimes(hosts),
  stages: () => inProcess([NODE], 'stages.mjs'),
  growth: () => inProcess([NODE], 'growth.mjs'),
  crowd: () => inProcess([NODE], 'crowd.mjs'),
  start: () => benchStart(),
  small: () => inProcess([NODE, '--expose-gc'], 'small.mjs'),
  tasks: () => inProcess([NODE], 'tasks.mjs'),
  threads: () => inProcess([NODE], 'threads.mjs'),
  losses: () => inProcess([NODE], 'losses.mjs'),
  peers: () => benchPeers(),
  gpu: ({ hosts }) => benchGpuRuntimes(hosts),
  'gpu-peers': () => benchGpuPeers(),
};

const all = Object.keys(QUESTIONS);
const chosen = process.argv.length > 2 ? process.argv.slice(2) : all;
const unknown = chosen.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`npm run bench: questions are ${all.join(', ')}, got ${unknown.join(', ')}`);
  process.exit(2);
}

const machine = await inspectMachine();
/** @type {Results} */
const results = { machine: describeMachine(machine), hosts: machine.hosts, findings: {} };
console.log(results.machine);
for (const name of chosen) {
  results.findings[name] = await QUESTIONS[name](machine);
  results.findings[name].forEach(printFinding);
}
if (chosen.length === all.length) {
  mkdirSync(RESULTS, { recursive: true });
  const json = JSON.stringify(results, null, 2);
  writeFileSync(new URL('latest.json', RESULTS), `${json}\n`);
  const script = fileURLToPath(new URL('write-readme.mjs', import.meta.url));
  execFileSync(NODE, [script], { stdio: 'inherit' });
}
