import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';

/** What users of the package build and check with, in a package of its own. */
export const TOOLS = join(ROOT, 'test/package/tools');

/** Installs the tools where they are missing. */
export function installTools(): void {
  if (existsSync(join(TOOLS, 'node_modules/.package-lock.json'))) return;
  execFileSync('npm', ['ci', '--silent'], { cwd: TOOLS, stdio: 'inherit' });
}

/** Path of a tool's program. */
export const programOf = (name: string) => join(TOOLS, 'node_modules/.bin', name);
