/** Prints what a user downloads, raw and gzipped. */
import { measureParts } from './measure-parts.mjs';

const kilobytes = (/** @type {number} */ value) => `${value.toFixed(1)} kB`.padStart(9);

for (const { part, kB, gzipKB } of await measureParts()) {
  console.log(`${part.padEnd(26)}${kilobytes(kB)}, gzip ${kilobytes(gzipKB)}`);
}
