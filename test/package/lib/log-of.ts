import type { OutgoingHttpHeaders } from 'node:http';
import type { Browser } from 'playwright';
import { openTab } from './launch-chromium.ts';
import { serve } from './serve.ts';

/**
 * Opens a page of a folder and waits until it logs.
 *
 * @param headers of the page and of all it loads
 * @returns what it logged first; warnings, errors, exceptions and rejections until then
 */
export async function logOf(
  browser: Browser,
  folder: string,
  path: string,
  headers?: OutgoingHttpHeaders,
): Promise<{ logged: string; complaints: string[] }> {
  const server = await serve(folder, headers);
  const page = await openTab(browser);
  const complaints: string[] = [];
  try {
    const logged = new Promise<string>((resolve, reject) => {
      page.on('console', (message) => {
        if (message.type() === 'log') resolve(message.text());
        else if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => reject(error));
    });
    const [text] = await Promise.all([logged, page.goto(`${server.origin}/${path}`)]);
    return { logged: text, complaints };
  } finally {
    await page.close();
    await server.close();
  }
}
