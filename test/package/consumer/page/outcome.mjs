import { computeTotal } from '../compute-total.mjs';

/** @typedef {{ total: number } | { error: string, code: string }} Outcome the error is its class's name */

const DIST = new URL('../node_modules/detloss/dist/', import.meta.url);

/**
 * The total of problem.json, or the error that came instead.
 *
 * @param {string | null} wasm name of the binary beside the entry; null: the embedded one
 * @returns {Promise<Outcome>}
 */
export async function outcomeOf(wasm) {
  /** @type {typeof import('../../../../src/index.ts')} */
  const { createDetectionLoss, BackendError } = await import(new URL('index.js', DIST).href);
  const problem = await (await fetch(new URL('../problem.json', import.meta.url))).json();
  try {
    const binary = wasm ? new URL(wasm, DIST) : undefined;
    return { total: await computeTotal(createDetectionLoss, problem, binary) };
  } catch (error) {
    if (error instanceof BackendError) return { error: error.name, code: error.code };
    return { error: String(error), code: '' };
  }
}
