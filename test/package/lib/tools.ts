import { join } from 'node:path';
import { ensureInstalled } from '../../../scripts/ensure-installed.mjs';
import { ROOT } from './root.ts';

/** Folder of the tools with which users build and check, a package of its own. */
export const TOOLS = join(ROOT, 'test/package/tools');

/** Installs missing tools. */
export const installTools = () => ensureInstalled('test/package/tools');

/** Path of a tool's program. */
export const programOf = (name: string) => join(TOOLS, 'node_modules/.bin', name);
