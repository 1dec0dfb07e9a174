import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './root.ts';

/** A fenced block of a Markdown file: "```js deno" is of language js, marked deno. */
export interface CodeBlock {
  /** File and line, for titles. */
  place: string;
  language: string;
  mark: string | undefined;
  code: string;
  /** What it prints: the block of language text that comes next, if one does. */
  printed: string | undefined;
}

const FENCES =
  /^ *```(?<language>\S*) ?(?<mark>\S*)\n(?<code>.*?)^ *```\n(?:\n```text\n(?<printed>.*?)^```)?/gms;

/** The blocks of a Markdown file of the repository, but for those that show what another prints. */
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
