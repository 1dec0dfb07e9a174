/** Runs two pages of one Chromium at the same time, and takes one sample per minute. */
import { chromium } from 'playwright';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { openFolder } from '../lib/chromium.mjs';

const PAGES = 2;
const PAUSE_MS = 60_000;

/**
 * @param {number} minutes
 * @returns {Promise<Record<string, number>[]>} rows of minute, page, calls and bytes
 */
export async function endurePages(minutes) {
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: [...CHROMIUM_ARGS, '--enable-precise-memory-info', '--js-flags=--expose-gc'],
  });
  try {
    const pages = await Promise.all(Array.from({ length: PAGES }, () => openFolder(browser)));
    const uncaught = pages.map((page) => failureOf(page));
    await Promise.all(
      pages.map((page) => page.evaluate(async (path) => (await import(path)).start(), MODULE)),
    );
    const rows = [];
    for (let minute = 1; minute <= minutes; minute++) {
      await Promise.race([pages[0].waitForTimeout(PAUSE_MS), ...uncaught]);
      for (const [i, page] of pages.entries()) {
        const row = await page.evaluate(async (path) => {
          /** @type {{ gc?: () => void }} */ (globalThis).gc?.();
          return (await import(path)).sample();
        }, MODULE);
        rows.push({ minute, page: i + 1, ...row });
      }
    }
    await Promise.all(
      pages.map((page) => page.evaluate(async (path) => (await import(path)).stop(), MODULE)),
    );
    return rows;
  } finally {
    await browser.close();
  }
}

const MODULE = '/bench/endurance/in-page.mjs';

/**
 * @param {import('playwright').Page} page
 * @returns {Promise<never>}
 */
function failureOf(page) {
  return new Promise((_, reject) => {
    page.on('pageerror', reject);
    page.on('crash', () => reject(new Error('a page crashed')));
  });
}
