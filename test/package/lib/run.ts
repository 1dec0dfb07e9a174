import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

// A process takes seconds at most; one that hangs is killed before Vitest gives its test up
const LONGEST_RUN_MS = 50_000;

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
  const options = { cwd: folder, timeout: LONGEST_RUN_MS, env: { ...process.env, ...env } };
  try {
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    const { message, stdout, killed } = error as Error & { stdout: string; killed: boolean };
    const end = killed ? `it was killed after ${LONGEST_RUN_MS} ms` : lastLine(stdout);
    throw new Error([`${program} failed: ${end}`, message, stdout].join('\n'));
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
