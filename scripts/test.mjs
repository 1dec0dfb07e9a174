/**
 * Runs the suite in every runtime, one after another. A runtime that is missing is installed, one
 * that cannot start has failed: none is passed over in silence.
 *
 *   npm test                               every runtime
 *   npm test -- node chromium              only these
 *   npm test -- deno --filter classify     only test files with "classify" in their path
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { goldenTable } from './golden-table.mjs';
import { RUNTIMES } from './runtimes.mjs';

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} failures titles with the first line of their messages
 * @property {string[]} skipped titles
 * @property {import('./golden-table.mjs').GoldenErrors[]} goldens
 *
 * @typedef {Counts & { runtime: string, version: string, seconds: number }} Outcome
 */

// A runtime that hangs must not hang CI: the suite takes minutes
const LONGEST_RUN_MS = 30 * 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { filter: { type: 'string', multiple: true, default: [] } },
});
const all = Object.keys(RUNTIMES);
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`npm test: runtimes are ${all.join(', ')}, got ${unknown.join(', ')}`);
  process.exit(2);
}

if (build()) {
  const chosen = positionals.length > 0 ? positionals : all;
  report(chosen.map((runtime) => testIn(runtime, values.filter)));
} else {
  process.exitCode = 1;
  console.log('The build failed, so no test was run\n0 passed, 1 failed');
}

function build() {
  return spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' }).status === 0;
}

/**
 * @param {string} runtime
 * @param {string[]} filters
 * @returns {Outcome}
 */
function testIn(runtime, filters) {
  const start = performance.now();
  const outcome = {
    runtime,
    version: '?',
    passed: 0,
    failed: 1,
    failures: [],
    skipped: [],
    goldens: [],
    seconds: 0,
  };
  try {
    const prepared = RUNTIMES[runtime]();
    outcome.version = prepared.version;
    console.log(`\n${runtime}: ${prepared.name} ${prepared.version}`);
    Object.assign(outcome, runVitest(prepared, filters));
  } catch (error) {
    console.error(`${runtime} could not run the suite: ${error}`);
  }
  outcome.seconds = (performance.now() - start) / 1000;
  return outcome;
}

/**
 * @param {import('./runtimes.mjs').Runtime} runtime
 * @param {string[]} filters
 */
function runVitest({ name, version, host: [program, ...hostArgs], projects, env }, filters) {
  const folder = mkdtempSync(join(tmpdir(), 'detloss-test-'));
  const jsonFile = join(folder, 'report.json');
  const args = [
    ...hostArgs,
    'node_modules/vitest/vitest.mjs',
    'run',
    ...projects.map((project) => `--project=${project}`),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${jsonFile}`,
    ...filters,
  ];
  try {
    const { status, error } = spawnSync(program, args, {
      stdio: 'inherit',
      timeout: LONGEST_RUN_MS,
      env: { ...process.env, ...env, EXPECTED_RUNTIME: `${name} ${version}` },
    });
    if (error) throw error;
    if (!existsSync(jsonFile)) throw new Error(`Vitest wrote no report, status ${status}`);
    return count(JSON.parse(readFileSync(jsonFile, 'utf8')), status);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Vitest's totals, and what they leave out: files that broke before their first test, errors
 * outside of any test, and a run of no test at all.
 *
 * @param {import('vitest/reporters').JsonTestResults} results
 * @param {number | null} exitStatus
 * @returns {Counts}
 */
function count({ numPassedTests, numFailedTests, testResults }, exitStatus) {
  const tests = testResults.flatMap((file) => file.assertionResults);
  const skipped = tests
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName }) => fullName);
  const brokenFiles = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((t) => t.status !== 'failed'),
  );
  const failures = [
    ...tests
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}: ${firstLine(failureMessages?.[0])}`),
    ...brokenFiles.map(({ name, message }) => `${name}: ${firstLine(message)}`),
  ];
  const failed = numFailedTests + brokenFiles.length;
  const explained = failed + skipped.length > 0;
  const fine = exitStatus === 0 && tests.length > 0;
  const goldens = tests.flatMap(({ meta }) => meta?.golden ?? []);
  return {
    passed: numPassedTests,
    failed: explained || fine ? failed : 1,
    failures,
    skipped,
    goldens,
  };
}

/** @param {string | undefined} text */
function firstLine(text = '') {
  return text.split('\n', 1)[0];
}

/** @param {Outcome[]} outcomes */
function report(outcomes) {
  const table = new Table({
    head: ['runtime', 'version', 'passed', 'failed', 'skipped', 'seconds'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  let passed = 0;
  let failed = 0;
  const notes = [];
  for (const outcome of outcomes) {
    const { runtime, version, failures, skipped, seconds } = outcome;
    passed += outcome.passed;
    failed += outcome.failed + skipped.length;
    table.push([
      runtime,
      version,
      outcome.passed,
      outcome.failed,
      skipped.length,
      seconds.toFixed(1),
    ]);
    for (const title of skipped) notes.push(`${runtime}: skipped, counts as failed: ${title}`);
    for (const failure of failures) notes.push(`${runtime}: failed: ${failure}`);
  }
  process.exitCode = failed > 0 ? 1 : 0;
  console.log(`${goldenTable(outcomes)}${table}`);
  for (const note of notes) console.log(note);
  console.log(`${passed} passed, ${failed} failed`);
}
