import { readFile, writeFile } from 'node:fs/promises';

const ROOT = new URL('../', import.meta.url);

/**
 * Replaces the text between `<!-- name:start -->` and `<!-- name:end -->` in a Markdown file.
 *
 * @param {string} file relative to the repository's root
 * @param {string} name
 * @param {string} text
 */
export async function replaceBlock(file, name, text) {
  const path = new URL(file, ROOT);
  const block = new RegExp(`(<!-- ${name}:start -->\n).*?(<!-- ${name}:end -->)`, 's');
  const before = await readFile(path, 'utf8');
  if (!block.test(before)) throw new Error(`${file} has no ${name} block to write`);
  await writeFile(
    path,
    before.replace(block, (_, start, end) => start + text + end),
  );
}
