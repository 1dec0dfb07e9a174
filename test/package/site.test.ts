import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ensureInstalled } from '../../scripts/ensure-installed.mjs';
import { launchChromium, openContext } from './lib/launch-chromium.ts';
import { listFiles } from './lib/list-files.ts';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';
import { serve } from './lib/serve.ts';

const MODULES = join(ROOT, 'docs/site/node_modules');
const documents = await listFiles('.md');
/** Width of a small phone. */
const PHONE_PX = 390;
/** Pages with the longest names and signatures, and with wide tables. */
const WIDE_PAGES = [
  'functions/detloss.createClassificationLoss',
  'interfaces/detloss.ClassificationLoss',
  'interfaces/detloss.SegmentationLoss',
  'interfaces/detloss.SegmentationPredictions',
  'variables/detloss.OVERLAP_KINDS',
  'documents/Errors',
  'documents/Losses',
];
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

describe('links and pictures in Markdown', () => {
  it('lead to files and headings of the repository', () => checkLinks(ROOT, documents));

  it('lead to files and headings of the packed package', async () => {
    const packed = join(inject('installed').project, 'node_modules/detloss');
    const names = await readdir(packed, { recursive: true });
    const pages = names.filter((name) => name.endsWith('.md'));
    expect(pages).toContain('docs/guides/criterion.md');
    await checkLinks(packed, pages);
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

  it('has an example on the page of every factory', async () => {
    const functions = join(folder, PLACE, 'functions');
    const factories = (await readdir(functions)).filter((name) => name.includes('.create'));
    expect(factories.length).toBeGreaterThan(6);
    const pages = await Promise.all(
      factories.map((name) => readFile(join(functions, name), 'utf8')),
    );
    expect(factories.filter((_, i) => !pages[i].includes('>Example<'))).toEqual([]);
  });

  it('fits a phone: long names, signatures, and the last column of tables', async () => {
    const server = await serve(folder);
    const viewport = { width: PHONE_PX, height: 2 * PHONE_PX };
    const page = await (await openContext(browser, { viewport })).newPage();
    try {
      for (const name of WIDE_PAGES) {
        await page.goto(`${server.origin}/${PLACE}/${name}.html`);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width, name).toBeLessThanOrEqual(PHONE_PX);
      }
      await page.goto(`${server.origin}/${PLACE}/documents/Errors.html`);
      const remedy = await page.locator('td:last-child').first().boundingBox();
      expect((remedy?.x ?? Infinity) + (remedy?.width ?? 0)).toBeLessThanOrEqual(PHONE_PX);
    } finally {
      await page.close();
      await server.close();
    }
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
      await page.locator('#tsd-search-input').fill('valueAndGrad');
      const first = page.locator('#tsd-search-results li').first();
      await first.filter({ hasText: 'DetectionLoss.valueAndGrad' }).waitFor();
      expect(heard).toEqual([]);
    } finally {
      await page.close();
      await server.close();
    }
  });
});

/** Fails where a link in one of a folder's files leads to no file or heading of the folder. */
async function checkLinks(root: string, files: string[]): Promise<void> {
  const plugin = `${join(MODULES, 'remark-validate-links/index.js')}=repository:false`;
  const flags = ['--no-config', '--no-ignore', '--no-stdout', '--quiet', '--frail'];
  await run(join(MODULES, '.bin/remark'), [...flags, '--use', plugin, ...files], root);
}
