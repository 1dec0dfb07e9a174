import { openFirefox } from './firefox.mjs';
import { openWebkit } from './webkit.mjs';

/**
 * A page of a browser, for those that Playwright does not drive as they are installed.
 *
 * @typedef {object} Visitor
 * @property {(url: string) => Promise<unknown>} open loads an address
 * @property {(expression: string) => Promise<any>} evaluate value of a JavaScript expression, awaited in the page
 * @property {(point: Point) => Promise<void>} hover moves the mouse there
 * @property {(...points: Point[]) => Promise<void>} drag presses the mouse at the first point and releases it at the last one
 * @property {(key: string) => Promise<void>} press presses a key, by its name in KeyboardEvent
 * @property {(selector: string, path: string) => Promise<void>} choose gives a file to an input
 * @property {() => Promise<void>} close ends the browser
 *
 * @typedef {[x: number, y: number]} Point in CSS pixels of the window
 */

/** Ways to open a browser in which Vitest and Playwright do not run, by name. */
export const VISITORS = { firefox: openFirefox, webkit: () => openWebkit() };
