/** How long until the first result, and how much is loaded for it? */
import { readdir, readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { median } from './lib/measure.mjs';
import { inProcess } from './lib/process.mjs';

const PROCESSES = 9;
const DIST = new URL('../dist/', import.meta.url);

/** @returns {Promise<import('./lib/table.mjs').Finding[]>} */
export async function bench() {
  /** @type {Record<string, number>[]} */
  const runs = [];
  for (let i = 0; i < PROCESSES; i++) {
    runs.push(await inProcess([process.execPath], 'lib/first-result.mjs'));
  }
  const row = Object.fromEntries(
    Object.keys(runs[0]).map((part) => [part, median(runs.map((run) => run[part]))]),
  );
  return [
    {
      title: 'First result of one 640×640 image, in a fresh process',
      columns: [
        { key: 'import', label: 'import, ms', digits: 1 },
        { key: 'create', label: 'create, ms', digits: 1 },
        { key: 'first', label: 'first valueAndGrad, ms', digits: 1 },
        { key: 'total', label: 'in all, ms', digits: 1 },
      ],
      rows: [row],
      notes: [`medians of ${PROCESSES} processes; the predictions were there before`],
    },
    {
      title: 'What is loaded',
      columns: [
        { key: 'file', label: 'file' },
        { key: 'kB', label: 'kB', digits: 1 },
        { key: 'gzipKB', label: 'gzip, kB', digits: 1 },
      ],
      rows: await measureFiles(),
      notes: [
        'index.js embeds the binaries; the .wasm files are for those who load one themselves',
      ],
    },
  ];
}

async function measureFiles() {
  const files = (await readdir(DIST)).filter((file) => /\.(js|wasm)$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      const content = await readFile(new URL(file, DIST));
      const gzipped = gzipSync(content, { level: 9 });
      return { file, kB: content.length / 1000, gzipKB: gzipped.length / 1000 };
    }),
  );
}
