import { readFile, writeFile } from 'node:fs/promises';

const README = new URL('../README.md', import.meta.url);

/**
 * Writes what stands between `<!-- name:start -->` and `<!-- name:end -->` in README.md.
 *
 * @param {string} name
 * @param {string} text
 */
export async function replaceBlock(name, text) {
  const block = new RegExp(`(<!-- ${name}:start -->\n).*?(<!-- ${name}:end -->)`, 's');
  const readme = await readFile(README, 'utf8');
  if (!block.test(readme)) throw new Error(`README.md has no ${name} block to write`);
  await writeFile(
    README,
    readme.replace(block, (_, start, end) => start + text + end),
  );
}
