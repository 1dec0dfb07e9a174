import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { relativeError } from '../lib/compare.ts';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';
import { installTools, TOOLS } from './lib/tools.ts';
import { useVisitor } from './lib/use-visitor.ts';
import { visit } from './lib/visit.ts';

/** Relative error of the total against the golden. */
const BOUND = 2e-6;

const visitor = useVisitor(installTools);

describe.each(['Vite 8', 'Vite 7', 'webpack 5', 'esbuild', 'Rollup'])('%s', (bundler) => {
  it('bundles the packed package without a warning; a page and its worker compute', async () => {
    const out = join(visitor.consumer.folder, 'out', bundler.replace(' ', ''));
    const program = join(TOOLS, 'build-with.mjs');
    const page = join(visitor.consumer.folder, 'bundled');
    const printed = await run(process.execPath, [program, bundler, page, out], ROOT);
    expect(JSON.parse(printed.trim().split('\n').at(-1) ?? '')).toEqual([]);

    await cp(join(visitor.consumer.folder, 'problem.json'), join(out, 'problem.json'));
    const { outcome, ...rest } = await visit(visitor.browser, out, 'index.html');
    expect(rest).toEqual({ fetchedWasm: false, complaints: [], uncaught: [] });
    const places = outcome as Record<'page' | 'worker', { total: number; mse: number }>;
    expect(places.worker).toEqual(places.page);
    expect(places.page.mse).toBe(12.5);
    expect(relativeError(places.page.total, visitor.consumer.total)).toBeLessThanOrEqual(BOUND);
  });
});
