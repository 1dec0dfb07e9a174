import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
  consumer = await installConsumer(join(ROOT, 'test/package/ssr'));
}, LONGEST_SETUP_MS);

afterAll(async () => {
  await browser?.close();
  await consumer?.remove();
});

it('SvelteKit renders a page that imports it without asking for a navigator; in Chromium the page computes', async () => {
  const out = join(consumer.folder, 'out');
  const args = [join(TOOLS, 'render-ssr.mjs'), consumer.folder, out];
  const printed = await run(process.execPath, args, consumer.folder);
  expect(JSON.parse(printed.trim().split('\n').at(-1) ?? '')).toEqual({ status: 200, reads: [] });
  expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('<p>function</p>');

  await cp(join(consumer.folder, 'problem.json'), join(out, 'problem.json'));
  const { outcome, ...rest } = await visit(browser, out, 'index.html');
  expect(rest).toEqual({ fetchedWasm: false, complaints: [], uncaught: [] });
  const { total } = outcome as { total: number };
  expect(relativeError(total, consumer.total)).toBeLessThanOrEqual(BOUND);
});
