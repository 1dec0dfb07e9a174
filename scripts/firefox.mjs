import { launch } from 'puppeteer-core';
import { ensureProgram, findProgram, installWithApt } from './programs.mjs';
import { softwareGpu } from './software-gpu.mjs';

/** WebGPU on SwiftShader, a GPU in software. */
const PREFERENCES = { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true };

/**
 * Path of the Firefox to test in, $FIREFOX_PATH or the system's, which is installed first if it is missing.
 *
 * @throws {Error} there is none and none could be installed
 */
export function ensureFirefox() {
  const find = () => process.env.FIREFOX_PATH ?? findProgram(['firefox-esr', 'firefox']);
  return ensureProgram('Firefox', find, [() => installWithApt(['firefox-esr'])]);
}

/**
 * Opens a headless Firefox, which the caller has to close.
 *
 * @returns {Promise<import('./visitor.mjs').Visitor>}
 */
export async function openFirefox() {
  const browser = await launch({
    browser: 'firefox',
    executablePath: ensureFirefox(),
    extraPrefsFirefox: PREFERENCES,
    env: { ...process.env, ...softwareGpu() },
    defaultViewport: null,
    args: ['--width=1400', '--height=1100'],
    // Tests and benchmarks have limits of their own
    timeout: 0,
    protocolTimeout: 0,
  });
  const [page] = await browser.pages();
  page.setDefaultTimeout(0);
  return {
    open: (url) => page.goto(url),
    evaluate: (expression) => page.evaluate(expression),
    hover: (point) => page.mouse.move(...point),
    drag: async (from, ...to) => {
      await page.mouse.move(...from);
      await page.mouse.down();
      for (const point of to) await page.mouse.move(...point, { steps: 3 });
      await page.mouse.up();
    },
    press: (key) => page.keyboard.press(/** @type {import('puppeteer-core').KeyInput} */ (key)),
    choose: async (selector, path) => {
      const input = await page.$(selector);
      await /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (
        input
      ).uploadFile(path);
    },
    close: () => browser.close(),
  };
}
