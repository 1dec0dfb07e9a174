import { join } from 'node:path';
import { ensureInstalled } from '../../../scripts/ensure-installed.mjs';
import { ROOT } from './root.ts';

/** What users of the package build and check with, in a package of its own. */
export const TOOLS = join(ROOT, 'test/package/tools');

/** Installs the tools where they are missing. */
export const installTools = () => ensureInstalled('test/package/tools');

/** Path of a tool's program. */
export const programOf = (name: string) => join(TOOLS, 'node_modules/.bin', name);
