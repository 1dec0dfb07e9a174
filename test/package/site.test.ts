import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureInstalled } from '../../scripts/ensure-installed.mjs';
import { launchChromium, openContext } from './lib/launch-chromium.ts';
import { listFiles } from './lib/list-files.ts';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';
import { serve } from './lib/serve.ts';

const MODULES = join(ROOT, 'docs/site/node_modules');
const documents = await listFiles('.md');
/** Folder of a server, since a host may serve the site in one. */
const PLACE = 'some/place';

let folder: string;
let browser: Browser;
beforeAll(async () => {
  await ensureInstalled('docs/site');
  browser = await launchChromium();
  folder = await mkdtemp(join(tmpdir(), 'detloss-site-'));
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

describe('links in Markdown', () => {
  it('lead to files and headings of the repository', async () => {
    const plugin = `${join(MODULES, 'remark-validate-links/index.js')}=repository:false`;
    const flags = ['--no-config', '--no-ignore', '--no-stdout', '--quiet', '--frail'];
    const program = join(MODULES, '.bin/remark');
    await run(program, [...flags, '--use', plugin, ...documents], ROOT);
  });

  it('to other places are whole addresses, by https', async () => {
    const texts = await Promise.all(documents.map((file) => readFile(join(ROOT, file), 'utf8')));
    const links = texts.flatMap((text) => [...text.matchAll(/\]\((\w+:[^)\s]*)\)/g)]);
    const addresses = links.map(([, address]) => new URL(address));
    expect(addresses.length).toBeGreaterThan(0);
    expect(addresses.filter(({ protocol }) => protocol !== 'https:')).toEqual([]);
  });
});

describe('site of the documentation', () => {
  it('builds without a warning: links, docstrings of every export', async () => {
    await run(process.execPath, ['docs/site/build.mjs', join(folder, PLACE)], ROOT);
    const pages = await readdir(join(folder, PLACE, 'documents'));
    expect(pages.length).toBeGreaterThan(10);
  });

  it('works in any folder of a server, finds what is searched for, leaves the console empty', async () => {
    const server = await serve(folder);
    const page = await (await openContext(browser)).newPage();
    const heard: string[] = [];
    page.on('console', (message) => heard.push(message.text()));
    page.on('pageerror', (error) => heard.push(String(error)));
    page.on('response', (it) => it.ok() || heard.push(`${it.status()} ${it.url()}`));
    try {
      await page.goto(`${server.origin}/${PLACE}/index.html`);
      await page.getByRole('link', { name: 'The criterion' }).first().click();
      await page.getByRole('heading', { name: 'The criterion' }).waitFor();
      await page.locator('#tsd-search-trigger').click();
      await page.locator('#tsd-search-input').fill('wasm-unsafe-eval');
      await page.locator('#tsd-search-results li', { hasText: 'CSP' }).first().waitFor();
      expect(heard).toEqual([]);
    } finally {
      await page.close();
      await server.close();
    }
  });
});
