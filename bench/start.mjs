/** Measures the time until the first result, and the size of the files that are loaded for it. */
import { measureParts } from '../scripts/measure-parts.mjs';
import { median } from './lib/measure.mjs';
import { inProcess } from './lib/process.mjs';

const PROCESSES = 9;

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
      notes: [`medians of ${PROCESSES} processes, without the time to make predictions`],
    },
    {
      title: 'What is loaded',
      columns: [
        { key: 'part', label: 'part' },
        { key: 'kB', label: 'kB', digits: 1 },
        { key: 'gzipKB', label: 'gzip, kB', digits: 1 },
      ],
      rows: await measureParts(),
      notes: ['the binaries are embedded; their files are for callers who load one themselves'],
    },
  ];
}
