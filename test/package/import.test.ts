import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';

const ENTRIES = ['index', 'tfjs', 'jax', 'ort'].map((name) => `dist/${name}.js`);

describe.each(ENTRIES)('%s', (entry) => {
  const file = join(ROOT, entry);

  it('imports nothing but files beside it', async () => {
    const { importedFiles } = ts.preProcessFile(await readFile(file, 'utf8'));
    const specifiers = importedFiles.map(({ fileName }) => fileName);
    expect(specifiers.filter((specifier) => !specifier.startsWith('./'))).toEqual([]);
  });

  it('is imported without reading any global of a host', async () => {
    const program = join(ROOT, 'test/package/lib/print-touched.mjs');
    const flags = ['--experimental-vm-modules', '--no-warnings'];
    expect(JSON.parse(await run(process.execPath, [...flags, program, file], ROOT))).toEqual([]);
  });
});
