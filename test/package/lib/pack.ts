import { join } from 'node:path';
import { ROOT } from './root.ts';
import { run } from './run.ts';

/** Path of the package as `npm pack` packs it, in a folder. */
export async function pack(folder: string): Promise<string> {
  const printed = await run('npm', ['pack', '--json', '--pack-destination', folder], ROOT);
  const [{ filename }] = JSON.parse(printed);
  return join(folder, filename);
}
