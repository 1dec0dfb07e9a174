import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ROOT } from './root.ts';
import { run } from './run.ts';

/** Packs the package as `npm pack` does and installs it in a project, once for all tests. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const project = await mkdtemp(join(tmpdir(), 'detloss-installed-'));
  const printed = await run('npm', ['pack', '--json', '--pack-destination', project], ROOT);
  const [{ filename }] = JSON.parse(printed);
  const tarball = join(project, filename);
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  await run('npm', ['install', tarball, '--offline', '--no-audit', '--no-fund'], project);
  provide('installed', { project, tarball });
  return () => rm(project, { recursive: true });
}
