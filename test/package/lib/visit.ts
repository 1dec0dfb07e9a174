import type { OutgoingHttpHeaders } from 'node:http';
import type { Browser } from 'playwright';
import { openTab } from './launch-chromium.ts';
import { serve } from './serve.ts';

export interface Visit {
  /** JSON that the page wrote into its <output>. */
  outcome: unknown;
  /** Whether a .wasm file was fetched. */
  fetchedWasm: boolean;
  /** Warnings and errors on the console. */
  complaints: string[];
  /** Uncaught exceptions and rejections. */
  uncaught: string[];
}

/**
 * Opens a page of a folder and waits until its <output> holds JSON.
 *
 * @param path path of the page, with its query
 * @param headers headers of the page and of all files it loads
 */
export async function visit(
  browser: Browser,
  folder: string,
  path: string,
  headers?: OutgoingHttpHeaders,
): Promise<Visit> {
  const server = await serve(folder, headers);
  const page = await openTab(browser);
  const complaints: string[] = [];
  const uncaught: string[] = [];
  page.on('console', (message) => {
    if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => uncaught.push(String(error)));
  try {
    await page.goto(`${server.origin}/${path}`);
    const output = page.locator('output:not(:empty)');
    const text = await output.textContent();
    const fetchedWasm = server.sent.some((file) => file.endsWith('.wasm'));
    return { outcome: JSON.parse(text ?? ''), fetchedWasm, complaints, uncaught };
  } catch (cause) {
    const heard = [...complaints, ...uncaught].join('\n');
    throw new Error(`visit: ${path} showed no outcome\n${heard}`, { cause });
  } finally {
    await page.close();
    await server.close();
  }
}
