import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Builder, By, Key, Origin } from 'selenium-webdriver';
import { DriverService } from 'selenium-webdriver/remote/index.js';
import { ensureProgram, findProgram, installWithApt } from './programs.mjs';

/** In the locale C, `navigator.language` is 'C', which Intl refuses. */
const LOCALE = { LC_ALL: 'en_US.UTF-8' };
/** WebKitGTK lacks SharedArrayBuffer, which Safari has in isolated pages, unless this variable is set. */
export const LIKE_SAFARI = { JSC_useSharedArrayBuffer: '1' };
/**
 * Takes the limit off the address space of a process's arrays and WASM memories, which lie in one cage of 32 GiB. Each
 * memory that may grow to 4 GiB reserves all of it, and what it leaves free when it is collected is never given to small
 * arrays again: after some memories of a suite, an array of 16 bytes is out of memory.
 */
const UNCAGED = { GIGACAGE_ENABLED: 'no' };

const SCREEN = { width: 1400, height: 1100 };
/** Long enough for every benchmark. */
const LONGEST_MS = 3_600_000;
const LIBRARIES = '/usr/lib';

/**
 * Path of WebKitGTK's MiniBrowser, which is installed first if it is missing, with its driver and a display in memory.
 *
 * @throws {Error} one of the three is missing and could not be installed
 */
export function ensureWebkit() {
  const find = () => findProgram(['WebKitWebDriver']) && findProgram(['Xvfb']) && findMiniBrowser();
  const install = () => installWithApt(['webkit2gtk-driver', 'xvfb']);
  return ensureProgram('WebKitGTK with WebKitWebDriver and Xvfb', find, [install]);
}

/** Full version of WebKitGTK, whose programs start only on a display. */
export async function versionOfWebkit() {
  const display = await openDisplay();
  try {
    const printed = execFileSync(ensureWebkit(), ['--version'], {
      encoding: 'utf8',
      env: display.env,
    });
    return printed.match(/\d+(\.\d+)+/)?.[0] ?? printed;
  } finally {
    display.close();
  }
}

/**
 * Opens a WebKit, which the caller has to close.
 *
 * @param {Record<string, string>} options variables of its environment
 * @returns {Promise<import('./visitor.mjs').Visitor>}
 */
export async function openWebkit(options = LIKE_SAFARI) {
  const binary = ensureWebkit();
  const display = await openDisplay();
  const service = new DriverService.Builder('WebKitWebDriver')
    .setLoopback(true)
    .setEnvironment({ ...display.env, ...LOCALE, ...options })
    .build();
  const end = async () => {
    await service.kill();
    display.close();
  };
  try {
    const driver = await new Builder()
      .usingServer(await service.start(LONGEST_MS))
      .withCapabilities({
        browserName: 'MiniBrowser',
        'webkitgtk:browserOptions': { binary, args: ['--automation'] },
      })
      .build();
    // Tests and benchmarks have limits of their own
    await driver.manage().setTimeouts({ script: LONGEST_MS, pageLoad: LONGEST_MS });
    await driver
      .manage()
      .window()
      .setRect({ x: 0, y: 0, ...SCREEN });
    return visitorOf(driver, () => driver.quit().finally(end));
  } catch (error) {
    await end();
    throw error;
  }
}

/** Opens a WebKit for a whole suite, whose tests make hundreds of WASM memories in one process. */
export function openRoomyWebkit() {
  return openWebkit({ ...LIKE_SAFARI, ...UNCAGED });
}

/**
 * @param {import('selenium-webdriver').WebDriver} driver
 * @param {() => Promise<void>} close
 * @returns {import('./visitor.mjs').Visitor}
 */
function visitorOf(driver, close) {
  return {
    open: (url) => driver.get(url),
    evaluate: (expression) => driver.executeScript(`return (${expression})`),
    hover: (point) => move(driver.actions(), point).perform(),
    drag: (from, ...to) =>
      to.reduce(move, move(driver.actions(), from).press()).release().perform(),
    press: (key) => {
      const name = key.replace(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase();
      const code = Key[/** @type {'ENTER'} */ (name)];
      return driver.actions().sendKeys(code).perform();
    },
    choose: (selector, path) => driver.findElement(By.css(selector)).sendKeys(path),
    close,
  };
}

/**
 * @param {import('selenium-webdriver').Actions} actions
 * @param {import('./visitor.mjs').Point} point
 */
function move(actions, [x, y]) {
  return actions.move({ x, y, origin: Origin.VIEWPORT });
}

/** Opens a display in memory, on a free number. */
async function openDisplay() {
  const screen = `${SCREEN.width}x${SCREEN.height}x24`;
  const args = ['-displayfd', '3', '-screen', '0', screen, '-nolisten', 'tcp'];
  const server = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const close = () => {
    server.kill();
  };
  process.once('exit', close);
  const announced = once(/** @type {import('node:stream').Readable} */ (server.stdio[3]), 'data');
  const ended = once(server, 'exit').then(() => {
    process.off('exit', close);
    throw new Error('Xvfb has ended');
  });
  // It ends in any case, later
  ended.catch(() => {});
  const [number] = await Promise.race([announced, ended]);
  return { env: { ...process.env, DISPLAY: `:${`${number}`.trim()}` }, close };
}

function findMiniBrowser() {
  if (!existsSync(LIBRARIES)) return undefined;
  return readdirSync(LIBRARIES)
    .map((folder) => join(LIBRARIES, folder, 'webkit2gtk-4.1/MiniBrowser'))
    .find((path) => existsSync(path));
}
