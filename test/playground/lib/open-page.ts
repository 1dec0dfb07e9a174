import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { expect } from 'vitest';
import { openContext } from '../../package/lib/launch-chromium.ts';
import type { Site } from './build-site.ts';

export interface OpenPage {
  page: Page;
  /** Closes it, and fails where it complained or asked another address than its own site's. */
  close(): Promise<void>;
}

interface Options extends BrowserContextOptions {
  /** Runs in the page before its own scripts. */
  before?: () => void;
}

/** The playground in a fresh window, its photograph's loss computed. */
export async function openPage(
  browser: Browser,
  { url }: Site,
  { before, ...options }: Options = {},
): Promise<OpenPage> {
  const context = await openContext(browser, {
    viewport: { width: 1280, height: 1000 },
    ...options,
  });
  if (before) await context.addInitScript(before);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => {
    if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requested.push(request.url()));
  await page.goto(url);
  await page.getByLabel('Total loss').filter({ hasText: /\d/ }).waitFor();
  const close = async () => {
    await context.close();
    const site = new URL('.', url).href;
    const strange = requested.filter(
      (address) => !/^(blob|data):/.test(address) && !address.startsWith(site),
    );
    expect({ complaints, strange }).toEqual({ complaints: [], strange: [] });
  };
  return { page, close };
}
