import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './root.ts';

/** Folders of dependencies, generated files, or consumers under test. */
const LEFT_OUT = /^(node_modules|dist|build|coverage|project-.*|\.git)$/;

/** Lists the repository's own files with this name or ending, relative to its folder. */
export async function listFiles(ending: string, folder = ''): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { withFileTypes: true });
  const found = entries
    .filter(({ name }) => !LEFT_OUT.test(name))
    .map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return listFiles(ending, path);
      return entry.isFile() && path.endsWith(ending) ? [path] : [];
    });
  return (await Promise.all(found)).flat().sort();
}
