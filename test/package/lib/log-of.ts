import type { OutgoingHttpHeaders } from 'node:http';
import type { Browser } from 'playwright';
import { serve } from './serve.ts';

// A page logs within a second on an idle machine; CI's are neither idle nor fast
const LONGEST_VISIT_MS = 30_000;

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
  const page = await browser.newPage();
  const complaints: string[] = [];
  const patience = AbortSignal.timeout(LONGEST_VISIT_MS);
  try {
    const logged = new Promise<string>((resolve, reject) => {
      page.on('console', (message) => {
        if (message.type() === 'log') resolve(message.text());
        else if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => reject(error));
      patience.addEventListener('abort', () =>
        reject(new Error(`logOf: ${path} logged nothing\n${complaints.join('\n')}`)),
      );
    });
    const [text] = await Promise.all([logged, page.goto(`${server.origin}/${path}`)]);
    return { logged: text, complaints };
  } finally {
    await page.close();
    await server.close();
  }
}
