/** Prints what a user downloads, raw and gzipped. */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9);

const files = ['detloss.wasm', 'detloss.relaxed.wasm', 'losses.wasm', 'index.js'];
for (const file of files.map((name) => `dist/${name}`)) {
  const content = await readFile(file);
  const gzipped = gzipSync(content, { level: 9 });
  console.log(`${file.padEnd(26)}${kilobytes(content.length)}, gzip ${kilobytes(gzipped.length)}`);
}
