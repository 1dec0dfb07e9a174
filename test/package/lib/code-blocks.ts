import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './root.ts';

/** A fenced block of a Markdown file: "```js deno" has language js and the mark deno. */
export interface CodeBlock {
  /** File and line, for test titles. */
  place: string;
  language: string;
  mark: string | undefined;
  code: string;
  /** Expected output: the next block, if its language is text. */
  printed: string | undefined;
}

const FENCES =
  /^ *```(?<language>\S*) ?(?<mark>\S*)\n(?<code>.*?)^ *```\n(?:\n```text\n(?<printed>.*?)^```)?/gms;

/** Reads the blocks of a Markdown file of the repository, except those with another block's output. */
export async function readCodeBlocks(file: string): Promise<CodeBlock[]> {
  const text = await readFile(join(ROOT, file), 'utf8');
  return [...text.matchAll(FENCES)].map(({ index, groups = {} }) => ({
    place: `${file}:${text.slice(0, index).split('\n').length}`,
    language: groups.language,
    mark: groups.mark || undefined,
    code: groups.code,
    printed: groups.printed,
  }));
}
