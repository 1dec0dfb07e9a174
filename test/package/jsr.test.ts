import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installRuntimes, pathOf } from '../../scripts/runtimes.mjs';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';

/** Files that jsr.json names, in a folder without node_modules or tsconfig.json. */
let folder: string;
const manifest = JSON.parse(await readFile(join(ROOT, 'jsr.json'), 'utf8'));
const generated = manifest.publish.exclude.filter((path: string) => path.startsWith('!'));

beforeAll(async () => {
  await installRuntimes();
  folder = await mkdtemp(join(tmpdir(), 'detloss-jsr-'));
  for (const path of ['jsr.json', '.gitignore', 'src', 'docs', 'README.md', 'LICENSE']) {
    const filter = (source: string) => !source.endsWith('node_modules');
    await cp(join(ROOT, path), join(folder, path), { recursive: true, filter });
  }
});

afterAll(() => rm(folder, { recursive: true }));

it('deno publish --dry-run takes the TypeScript sources, the generated ones among them', async () => {
  // It lists the files on standard error
  const command = `${pathOf('deno')} publish --dry-run --allow-dirty 2>&1`;
  const printed = await run('sh', ['-c', command], folder);
  expect(printed).toContain('Dry run complete');
  const listed = generated.filter((path: string) => printed.includes(path.slice(1)));
  expect(listed).toEqual(generated);
});

it('jsr.json has the name, version and entries of package.json, and names every generated source', async () => {
  const npm = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  expect(manifest.name).toBe(`@detloss/${npm.name}`);
  expect(manifest.version).toBe(npm.version);
  const files = /\.(wasm|js|json)$/;
  const modules = Object.keys(npm.exports).filter((entry) => !files.test(entry));
  expect(Object.keys(manifest.exports)).toEqual(modules);
  const ignored = await readFile(join(ROOT, '.gitignore'), 'utf8');
  const sources = ignored.split('\n').filter((line) => line.startsWith('/src/'));
  expect(generated.map((path: string) => path.replace('!', '/'))).toEqual(sources);
});

it('a program computes with the TypeScript sources in Deno', async () => {
  const program = `
    import { createLosses } from ${JSON.stringify(join(folder, 'src/index.ts'))};
    const losses = await createLosses();
    const tensor = (...data: number[]) => ({ data: Float32Array.from(data), shape: [data.length] });
    const { value } = await losses.mse(tensor(3, 4), tensor(0, 0));
    console.log(value);
  `;
  const args = ['eval', '--ext=ts', '--no-lock', '--check', program];
  expect(await run(pathOf('deno'), args, folder)).toBe('12.5\n');
});
