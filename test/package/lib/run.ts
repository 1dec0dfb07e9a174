import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HANG_MS } from '../../../scripts/hang.mjs';

/**
 * Runs a program to its end.
 *
 * @param env beside this process's own
 * @returns what it printed on standard output
 * @throws {Error} it failed or hung: so the message begins, with its last line; then comes all it printed
 */
export async function run(
  program: string,
  args: string[],
  folder: string,
  env: Record<string, string> = {},
): Promise<string> {
  const options = { cwd: folder, timeout: HANG_MS, env: { ...process.env, ...env } };
  try {
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    const { message, stdout, killed } = error as Error & { stdout: string; killed: boolean };
    const end = killed ? `it was killed after ${HANG_MS} ms` : lastLine(stdout);
    throw new Error([`${program} failed: ${end}`, message, stdout].join('\n'));
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
