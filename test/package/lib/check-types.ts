import { join } from 'node:path';
import { ROOT } from './root.ts';
import { run } from './run.ts';

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const TYPES = ['@webgpu/types', '@types/node'].map((name) => join(ROOT, 'node_modules', name));

/**
 * Type-checks JavaScript of a folder that has packages of its own.
 *
 * @returns what is wrong: nothing, if it is right
 */
export function checkTypes(folder: string, files: string[]): Promise<string> {
  const flags = ['--noEmit', '--allowJs', '--checkJs', '--strict', '--skipLibCheck'];
  const options = ['--target', 'es2022', '--lib', 'es2023,dom', '--module', 'nodenext'];
  const types = ['--types', TYPES.join(',')];
  return run(process.execPath, [TSC, ...flags, ...options, ...types, ...files], folder);
}
