import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// A benchmark takes at most a minute on an idle machine; one that hangs must not stop the others
const LONGEST_MS = 5 * 60_000;
const RUNNER = fileURLToPath(new URL('run.mjs', import.meta.url));

/**
 * Runs bench() of a module in a process of its own, so that memory and compiled code of other benchmarks do not affect it,
 * and returns its result.
 *
 * @param {string[]} host command that runs a JavaScript file
 * @param {string} module path in bench/
 * @param {string[]} [given] arguments of bench()
 */
export async function inProcess(host, module, given = []) {
  return runForJson([...host, RUNNER, module, ...given]);
}

/**
 * Runs a program and parses the JSON on the last line that it prints.
 *
 * @param {string[]} command
 * @param {Record<string, string>} [env]
 * @param {number} [timeout] ms
 */
export async function runForJson([program, ...args], env, timeout = LONGEST_MS) {
  const options = { timeout, env: { ...process.env, ...env } };
  const { stdout } = await promisify(execFile)(program, args, options);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

/**
 * Finds the most informative line of an error.
 *
 * @param {unknown} error
 */
export function reasonOf(error) {
  const lines = String(error instanceof Error ? error.message : error).split('\n');
  return (lines.filter((line) => /\w*(Error|error):/.test(line)).at(-1) ?? lines[0]).trim();
}
