import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { CHROMIUM_ARGS } from '../../scripts/chromium.mjs';

/** The repository's folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Origin of the pages. No server listens there: requests are answered from the folder. */
const ORIGIN = 'http://localhost';
/** Headers that isolate a page from other origins; only such a page has SharedArrayBuffer. */
export const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
/** Page that knows the package by its name. */
export const PAGE = `<!doctype html><script type="importmap">${JSON.stringify({
  imports: { detloss: '/dist/index.js' },
})}</script>`;
const LONGEST_MS = 5 * 60_000;

/**
 * Runs bench() of a module in a page of a headless Chromium, and returns its result.
 *
 * @param {string} executablePath
 * @param {string} module path in bench/
 */
export async function inChromium(executablePath, module) {
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
  try {
    const page = await openFolder(browser);
    const run = page.evaluate(async (path) => {
      if (!crossOriginIsolated) throw new Error('the page is not isolated from other origins');
      const { bench } = await import(path);
      return bench();
    }, `/bench/${module}`);
    return await Promise.race([run, timeOut()]);
  } finally {
    await browser.close();
  }
}

/**
 * Opens an isolated page that can import the files of this repository, and the package by its name.
 *
 * @param {import('playwright').Browser} browser
 */
export async function openFolder(browser) {
  const page = await browser.newPage();
  await page.route(`${ORIGIN}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    const answer = pathname === '/' ? { body: PAGE, contentType: 'text/html' } : fileAt(pathname);
    return route.fulfill({ ...answer, headers: ISOLATED });
  });
  await page.goto(ORIGIN);
  return page;
}

/** @param {string} pathname */
function fileAt(pathname) {
  return { path: join(ROOT, pathname), contentType: 'text/javascript' };
}

/** @returns {Promise<never>} */
export function timeOut() {
  return new Promise((_, reject) => {
    const error = new Error(`The page was not done after ${LONGEST_MS} ms`);
    setTimeout(() => reject(error), LONGEST_MS).unref();
  });
}
