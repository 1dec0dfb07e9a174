import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../package/lib/root.ts';

/** The examples' folder, which locks the frameworks. */
export const FOLDER = join(ROOT, 'examples/frameworks');

/** Installs the frameworks where they are missing. */
export function installFrameworks(): void {
  if (existsSync(join(FOLDER, 'node_modules/.package-lock.json'))) return;
  execFileSync('npm', ['ci', '--silent'], { cwd: FOLDER, stdio: 'inherit' });
}
