import { join } from 'node:path';
import { ensureInstalled } from '../../../scripts/ensure-installed.mjs';
import { ROOT } from '../../package/lib/root.ts';

/** The examples' folder, which locks the frameworks. */
export const FOLDER = join(ROOT, 'examples/frameworks');

/** Installs the frameworks where they are missing. */
export function installFrameworks(): Promise<void> {
  return ensureInstalled('examples/frameworks');
}
