import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled } from '../../../scripts/ensure-installed.mjs';
import { ROOT } from '../../package/lib/root.ts';

/** The example's folder, which locks TensorFlow.js. */
export const FOLDER = join(ROOT, 'examples/train');

export function installExample(): Promise<void> {
  return ensureInstalled('examples/train');
}

/** A module of the example, whose types are those of packages that only it installs. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export function load(module: string): Promise<any> {
  return import(/* @vite-ignore */ pathToFileURL(join(FOLDER, module)).href);
}
