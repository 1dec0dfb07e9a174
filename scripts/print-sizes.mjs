/** Prints the sizes of all that a user may download, raw and gzipped. */
import { measureParts } from './measure-parts.mjs';

const kilobytes = (/** @type {number} */ value) => `${value.toFixed(1)} kB`.padStart(9);

const parts = await measureParts();
const width = Math.max(...parts.map(({ part }) => part.length));
for (const { part, kB, gzipKB } of parts) {
  console.log(`${part.padEnd(width)}${kilobytes(kB)}, gzip ${kilobytes(gzipKB)}`);
}
