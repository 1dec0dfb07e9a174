import type { BrowserContext, Page } from 'playwright';
import { expect } from 'vitest';
import type { Site } from './build-site.ts';

export interface OpenPage {
  page: Page;
  /** Closes it, and fails where it complained or asked another address than its own site's. */
  close(): Promise<void>;
}

/**
 * The playground in a fresh page of a window, its photograph's loss computed.
 *
 * @param before runs in the page before its own scripts
 */
export async function openPage(
  window: BrowserContext,
  { url }: Site,
  before?: () => void,
): Promise<OpenPage> {
  const page = await window.newPage();
  if (before) await page.addInitScript(before);
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
    await page.close();
    const site = new URL('.', url).href;
    const strange = requested.filter(
      (address) => !/^(blob|data):/.test(address) && !address.startsWith(site),
    );
    expect({ complaints, strange }).toEqual({ complaints: [], strange: [] });
  };
  return { page, close };
}
