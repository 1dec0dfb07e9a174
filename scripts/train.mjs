/**
 * Runs examples/train, after building the package and installing what the example locks:
 *
 *   npm run train -- --help           lists the options
 *   npm run train -- --write-readme   copies the run in build/train, and the comparison, into README.md and docs/
 */
import { spawnSync } from 'node:child_process';
import { argv, exit } from 'node:process';
import { readOptions } from '../examples/train/lib/options.mjs';
import { ensureInstalled } from './ensure-installed.mjs';

if (argv.includes('--write-readme')) {
  const { writeReadme } = await import('./write-training.mjs');
  await writeReadme();
  exit();
}
// Wrong options end the program here, before the minutes that the rest may take
readOptions();
const build = 'npm run --silent build:wasm && tsup --silent';
const { status } = spawnSync(build, { shell: true, stdio: 'inherit' });
if (status !== 0) exit(1);
await ensureInstalled('examples/train');
// The URL keeps TypeScript from checking the example, whose packages may not be installed
await import(new URL('../examples/train/index.mjs', import.meta.url).href);
