import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} failures titles with the first line of their messages
 * @property {string[]} skipped titles
 * @property {import('./golden-table.mjs').GoldenErrors[]} goldens
 */

// Time limit, so that a suite that hangs does not hang CI: a suite takes minutes, on a busy machine several times as long
const LONGEST_RUN_MS = 60 * 60_000;

/**
 * Runs a project of vitest.config.ts in a runtime.
 *
 * @param {import('./runtimes.mjs').Runtime} runtime
 * @param {string} project
 * @param {string[]} filters of test files, parts of their paths
 * @param {boolean} isLive whether to print while it runs, and not when it has ended
 * @returns {Promise<Counts>}
 */
export async function runSuite(
  { name, version, host: [program, ...hostArgs], env },
  project,
  filters,
  isLive,
) {
  const folder = mkdtempSync(join(tmpdir(), 'detloss-test-'));
  const jsonFile = join(folder, 'report.json');
  const args = [
    ...hostArgs,
    'node_modules/vitest/vitest.mjs',
    'run',
    `--project=${project}`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${jsonFile}`,
    ...filters,
  ];
  try {
    const status = await runProcess(program, args, isLive, {
      ...process.env,
      ...env,
      EXPECTED_RUNTIME: `${name} ${version}`,
    });
    if (!existsSync(jsonFile)) throw new Error(`Vitest wrote no report, status ${status}`);
    return count(JSON.parse(readFileSync(jsonFile, 'utf8')), status);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {boolean} isLive
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number | null>} its status
 */
async function runProcess(program, args, isLive, env) {
  const child = spawn(program, args, {
    stdio: isLive ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_RUN_MS,
    env,
  });
  /** @type {Promise<number | null>} */
  const ended = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const printed = [child.stdout, child.stderr].map((stream) => stream && buffer(stream));
  const [status, ...texts] = await Promise.all([ended, ...printed]);
  for (const text of texts) if (text) process.stdout.write(text);
  return status;
}

/**
 * Vitest's totals, with the failures that they omit: files that broke before their first test, errors outside of tests,
 * and a run without any test.
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
