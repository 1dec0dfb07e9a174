/**
 * Prints, as JSON, the totals of problem.json by the embedded binary and by the package's .wasm file,
 * and the code of the error for a file that is missing:
 *
 *   node print-total.mjs detloss detloss/detloss.wasm
 */
import { readFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { computeTotal } from './compute-total.mjs';

const [entry, wasm] = argv.slice(2).map((specifier) => import.meta.resolve(specifier));
/** @type {typeof import('../../../src/index.ts')} */
const { createDetectionLoss } = await import(entry);
const problem = JSON.parse(await readFile(new URL('problem.json', import.meta.url), 'utf8'));

/** @param {string} [url] */
const totalBy = (url) => computeTotal(createDetectionLoss, problem, url ? new URL(url) : undefined);

const embedded = await totalBy();
const file = await totalBy(wasm);
const missing = await totalBy(`${wasm}.missing`).catch(({ code }) => code);
console.log(JSON.stringify({ embedded, file, missing }));
