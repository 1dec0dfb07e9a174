import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relativeError } from '../lib/compare.ts';
import { type Consumer, installConsumer } from './lib/install-consumer.ts';
import { launchChromium } from './lib/launch-chromium.ts';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';
import { LONGEST_SETUP_MS } from './lib/timeouts.ts';
import { installTools, TOOLS } from './lib/tools.ts';
import { visit } from './lib/visit.ts';

/** Of the total, relative to the golden. */
const BOUND = 2e-6;

let consumer: Consumer;
let browser: Browser;

beforeAll(async () => {
  await installTools();
  browser = await launchChromium();
  consumer = await installConsumer();
}, LONGEST_SETUP_MS);

afterAll(async () => {
  await browser?.close();
  await consumer?.remove();
});

describe.each(['Vite 8', 'Vite 7', 'webpack 5', 'esbuild', 'Rollup'])('%s', (bundler) => {
  it('bundles the packed package without a warning; a page and its worker compute', async () => {
    const out = join(consumer.folder, 'out', bundler.replace(' ', ''));
    const program = join(TOOLS, 'build-with.mjs');
    const page = join(consumer.folder, 'bundled');
    const printed = await run(process.execPath, [program, bundler, page, out], ROOT);
    expect(JSON.parse(printed.trim().split('\n').at(-1) ?? '')).toEqual([]);

    await cp(join(consumer.folder, 'problem.json'), join(out, 'problem.json'));
    const { outcome, ...rest } = await visit(browser, out, 'index.html');
    expect(rest).toEqual({ fetchedWasm: false, complaints: [], uncaught: [] });
    const places = outcome as Record<'page' | 'worker', { total: number; mse: number }>;
    expect(places.worker).toEqual(places.page);
    expect(places.page.mse).toBe(12.5);
    expect(relativeError(places.page.total, consumer.total)).toBeLessThanOrEqual(BOUND);
  });
});
