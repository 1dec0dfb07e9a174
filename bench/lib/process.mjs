import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// A question takes a minute at most on an idle machine; one that hangs must not hang the others
const LONGEST_MS = 5 * 60_000;
const RUNNER = fileURLToPath(new URL('run.mjs', import.meta.url));

/**
 * What bench() of a module returns in a process of its own: memory and compiled code of other
 * questions do not tell in it.
 *
 * @param {string[]} host command that runs a JavaScript file
 * @param {string} module of bench/
 * @param {string[]} [given] arguments of bench()
 */
export async function inProcess(host, module, given = []) {
  return runForJson([...host, RUNNER, module, ...given]);
}

/**
 * What a program prints, as JSON on its last line.
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
 * The line of an error that says most.
 *
 * @param {unknown} error
 */
export function reasonOf(error) {
  const lines = String(error instanceof Error ? error.message : error).split('\n');
  return (lines.filter((line) => /\w*(Error|error):/.test(line)).at(-1) ?? lines[0]).trim();
}
