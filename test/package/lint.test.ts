import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { listFiles } from './lib/list-files.ts';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';
import { installTools, programOf, TOOLS } from './lib/tools.ts';

beforeAll(installTools);

describe('package.json', () => {
  it('passes publint and Are The Types Wrong without a word', async () => {
    const args = [join(TOOLS, 'lint-package.mjs'), inject('installed').tarball];
    const found = JSON.parse(await run(process.execPath, args, ROOT));
    expect(found).toEqual({ publint: [], attw: [] });
  });

  it('needs nothing at run time', async () => {
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const { dependencies, optionalDependencies, bundleDependencies } = manifest;
    expect({ dependencies, optionalDependencies, bundleDependencies }).toEqual({});
    const required = Object.keys(manifest.peerDependencies).filter(
      (name) => !manifest.peerDependenciesMeta[name]?.optional,
    );
    expect(required).toEqual([]);
    const scripts = ['preinstall', 'install', 'postinstall', 'prepare'];
    expect(scripts.filter((name) => name in manifest.scripts)).toEqual([]);
  });
});

describe('lock files', async () => {
  it.each(await listFiles('package-lock.json'))(
    '%s pins bytes, and names no host',
    async (file) => {
      const { packages } = JSON.parse(await readFile(join(ROOT, file), 'utf8'));
      const entries = Object.entries(packages as Record<string, Locked>);
      const fetched = entries.filter(([path, { link }]) => path.includes('node_modules/') && !link);
      const without = fetched.filter(([, { integrity, inBundle }]) => !integrity && !inBundle);
      expect(without.map(([path]) => path)).toEqual([]);
      const elsewhere = fetched.filter(([, { resolved }]) => resolved !== undefined);
      expect(elsewhere.map(([path]) => path)).toEqual([]);
    },
  );
});

it('what a user downloads is within its budget', async () => {
  // It fails where one is beyond its budget, which the list below shows better
  const printed = await run('sh', ['-c', `${programOf('size-limit')} --json || true`], TOOLS);
  const sizes = JSON.parse(printed) as { passed: boolean }[];
  expect(sizes.filter(({ passed }) => !passed)).toEqual([]);
});

interface Locked {
  link?: boolean;
  integrity?: string;
  inBundle?: boolean;
  resolved?: string;
}
