/**
 * Runs examples/train, after installing what it locks:
 *
 *   npm run train -- <options of examples/train/index.mjs>
 *   npm run train -- --write-readme   copies the run in build/train, and the comparison, into README.md and docs/
 */
import { argv } from 'node:process';
import { ensureInstalled } from './ensure-installed.mjs';

await ensureInstalled('examples/train');
if (argv.includes('--write-readme')) {
  const { writeReadme } = await import('./write-training.mjs');
  await writeReadme();
} else {
  // The URL keeps TypeScript from checking the example, whose packages may not be installed
  await import(new URL('../examples/train/index.mjs', import.meta.url).href);
}
