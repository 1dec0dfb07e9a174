/**
 * Runs every suite of suites.mjs, one after another, as threads and GPUs in software keep all processors busy, and beside them those that are mostly
 * idle. A missing runtime is installed, and a runtime that cannot start counts as a failure: no suite is skipped silently.
 *
 *   npm test                               runs every suite
 *   npm test -- node chromium              runs these suites
 *   npm test -- deno --filter classify     runs the test files with "classify" in their path
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { ensureInstalled } from './ensure-installed.mjs';
import { goldenTable } from './golden-table.mjs';
import { runSuite } from './run-suite.mjs';
import { RUNTIMES } from './runtimes.mjs';
import { SUITES } from './suites.mjs';

/** @typedef {import('./run-suite.mjs').Counts & { suite: string, version: string, seconds: number }} Outcome */

/** Folders whose packages tests need: they are installed while the package is built, when the network is idle. */
const FOLDERS = [
  'test/runtimes',
  'test/package/tools',
  'examples/frameworks',
  'examples/train',
  'docs/site',
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { filter: { type: 'string', multiple: true, default: [] } },
});
const all = Object.keys(SUITES);
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`npm test: suites are ${all.join(', ')}, got ${unknown.join(', ')}`);
  process.exit(2);
}

const chosen = positionals.length > 0 ? positionals : all;
// A test that needs a folder whose installation failed tries again, and reports the failure
const installing = positionals.length > 0 ? [] : FOLDERS.map(ensureInstalled);
const [isBuilt] = await Promise.all([build(), Promise.allSettled(installing)]);
if (isBuilt) {
  report(await testAll(chosen));
} else {
  process.exitCode = 1;
  console.log('The build failed, so no test was run\n0 passed, 1 failed');
}

async function build() {
  const [status] = await once(
    spawn('npm', ['run', '--silent', 'build'], { stdio: 'inherit' }),
    'close',
  );
  return status === 0;
}

/**
 * @param {string[]} suites
 * @returns {Promise<Outcome[]>} in their order
 */
async function testAll(suites) {
  /** @type {Outcome[]} */
  const outcomes = [];
  // All are installed before a suite begins, as tests of one may need the browser of another
  const runtimes = await Promise.allSettled(
    suites.map((suite) => RUNTIMES[SUITES[suite].runtime]()),
  );
  const run = async (/** @type {string} */ suite) => {
    const i = suites.indexOf(suite);
    outcomes[i] = await test(suite, runtimes[i]);
  };
  const beside = suites.filter((suite) => SUITES[suite].isIdle).map(run);
  for (const suite of suites.filter((suite) => !SUITES[suite].isIdle)) await run(suite);
  await Promise.all(beside);
  return outcomes;
}

/**
 * @param {string} suite
 * @param {PromiseSettledResult<import('./runtimes.mjs').Runtime>} runtime
 * @returns {Promise<Outcome>}
 */
async function test(suite, runtime) {
  const start = performance.now();
  const outcome = {
    suite,
    version: '?',
    passed: 0,
    failed: 1,
    failures: [],
    skipped: [],
    goldens: [],
    seconds: 0,
  };
  try {
    if (runtime.status === 'rejected') throw runtime.reason;
    const prepared = runtime.value;
    const { project } = SUITES[suite];
    outcome.version = prepared.version;
    console.log(`\n${suite}: started, ${prepared.name} ${prepared.version}`);
    Object.assign(outcome, await runSuite(prepared, project, values.filter, chosen.length === 1));
  } catch (error) {
    console.error(`${suite} could not run: ${error}`);
  }
  outcome.seconds = (performance.now() - start) / 1000;
  console.log(`\n${suite}: ended, ${outcome.passed} passed, ${outcome.failed} failed`);
  return outcome;
}

/** @param {Outcome[]} outcomes */
function report(outcomes) {
  const table = new Table({
    head: ['suite', 'version', 'passed', 'failed', 'skipped', 'seconds'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  let passed = 0;
  let failed = 0;
  const notes = [];
  for (const outcome of outcomes) {
    const { suite, version, failures, skipped, seconds } = outcome;
    passed += outcome.passed;
    failed += outcome.failed + skipped.length;
    table.push([
      suite,
      version,
      outcome.passed,
      outcome.failed,
      skipped.length,
      seconds.toFixed(1),
    ]);
    for (const title of skipped) notes.push(`${suite}: skipped, counts as failed: ${title}`);
    for (const failure of failures) notes.push(`${suite}: failed: ${failure}`);
  }
  process.exitCode = failed > 0 ? 1 : 0;
  console.log(`${goldenTable(outcomes)}${table}`);
  for (const note of notes) console.log(note);
  console.log(`${passed} passed, ${failed} failed`);
}
