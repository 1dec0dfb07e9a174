import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright';
import { CHROMIUM_ARGS, ensureChromium } from '../../../scripts/chromium.mjs';
import { HANG_MS } from '../../../scripts/hang.mjs';

/** Launches a headless Chromium, which the caller has to close. @param more arguments beside the usual ones */
export function launchChromium(more: readonly string[] = []): Promise<Browser> {
  const args = [...CHROMIUM_ARGS, ...more];
  return chromium.launch({ executablePath: ensureChromium(), args, timeout: HANG_MS });
}

/** Opens a window in which no wait ends before it must be a hang. */
export async function openContext(
  browser: Browser,
  options?: BrowserContextOptions,
): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(HANG_MS);
  return context;
}

/** Opens a page beside the others, which costs a third less than one in a window of its own. Pages share the cache: each needs an origin of its own. */
export async function openTab(browser: Browser): Promise<Page> {
  const context = browser.contexts().at(0) ?? (await openContext(browser));
  return context.newPage();
}
