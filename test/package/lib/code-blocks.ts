import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './root.ts';

/** A fenced block of a Markdown file, or of a docstring: "```js deno" has language js and the mark deno. */
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

/** Reads the blocks of a file of the repository, Markdown or TypeScript, except those with another block's output. */
export async function readCodeBlocks(file: string): Promise<CodeBlock[]> {
  const source = await readFile(join(ROOT, file), 'utf8');
  const text = file.endsWith('.ts') ? source.replace(/^ \* ?/gm, '') : source;
  return [...text.matchAll(FENCES)].map(({ index, groups = {} }) => ({
    place: `${file}:${text.slice(0, index).split('\n').length}`,
    language: groups.language,
    mark: groups.mark || undefined,
    code: groups.code,
    printed: groups.printed,
  }));
}

/** A block as a module that a compiler finds in a folder which has installed the package. */
export function moduleOf({ language, code }: CodeBlock): string {
  const [, script = code] = /<script type="module"[^>]*>(.*?)<\/script>/s.exec(code) ?? [];
  return (language === 'html' ? script : code).replace("'npm:detloss'", "'detloss'");
}
