import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './lib/root.ts';

const read = (path: string) => readFile(join(ROOT, path), 'utf8');
const source = await read('src/errors.ts');
const codes = [...source.matchAll(/^ {2}\| '(\w+)'/gm)].map(([, code]) => code);
const table = await read('docs/errors.md');
/** The table's first two columns. */
const rows = [...table.matchAll(/^\| `(\w+)` \| `(\w+)` \|/gm)].map(([, code, name]) => [
  code,
  name,
]);

/** Every call of `expectCode` that stands in a test, or a row of a table of such calls. */
async function textOfTests(): Promise<string> {
  const files = await readdir(join(ROOT, 'test'), { recursive: true });
  const tests = files.filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'));
  return (await Promise.all(tests.map((file) => read(join('test', file))))).join('\n');
}

describe('docs/errors.md', () => {
  it('has every code of src/errors.ts in one table, in its order, and no other', () => {
    expect(codes.length).toBeGreaterThan(20);
    expect(rows.map(([code]) => code)).toEqual(codes);
  });

  it('names the class that carries each code', async () => {
    const classes = await read('test/lib/expect-code.ts');
    const known = [...classes.matchAll(/^ {2}(\w+): (\w+Error),/gm)].map(([, code, name]) => [
      code,
      name,
    ]);
    expect(new Map(rows as [string, string][])).toEqual(new Map(known as [string, string][]));
  });

  it('describes nothing that no test provokes', async () => {
    const tests = await textOfTests();
    expect(codes.filter((code) => !tests.includes(`'${code}'`))).toEqual([]);
  });
});
