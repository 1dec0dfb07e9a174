import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { relativeError } from '../lib/compare.ts';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';
import { installTools, TOOLS } from './lib/tools.ts';
import { useVisitor } from './lib/use-visitor.ts';
import { visit } from './lib/visit.ts';

/** Relative error of the total against the golden. */
const BOUND = 2e-6;

const visitor = useVisitor(installTools, join(ROOT, 'test/package/ssr'));

it('SvelteKit renders a page that imports it without asking for a navigator; in Chromium the page computes', async () => {
  const out = join(visitor.consumer.folder, 'out');
  const args = [join(TOOLS, 'render-ssr.mjs'), visitor.consumer.folder, out];
  const printed = await run(process.execPath, args, visitor.consumer.folder);
  expect(JSON.parse(printed.trim().split('\n').at(-1) ?? '')).toEqual({ status: 200, reads: [] });
  expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('<p>function</p>');

  await cp(join(visitor.consumer.folder, 'problem.json'), join(out, 'problem.json'));
  const { outcome, ...rest } = await visit(visitor.browser, out, 'index.html');
  expect(rest).toEqual({ fetchedWasm: false, complaints: [], uncaught: [] });
  const { total } = outcome as { total: number };
  expect(relativeError(total, visitor.consumer.total)).toBeLessThanOrEqual(BOUND);
});
