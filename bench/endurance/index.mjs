/**
 * Checks that memory stays flat: prints a table of memory and handles over the number of calls, and draws it.
 *
 *   npm run endurance                    20,000 calls of mixed tasks, shapes, backends and threads; writes docs/endurance.svg
 *   npm run endurance -- --pages         two pages of Chromium at once, for 10 minutes; writes nothing
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureInstalled } from '../../scripts/ensure-installed.mjs';
import { softwareGpu } from '../../scripts/software-gpu.mjs';
import { runForJson } from '../lib/process.mjs';
import { printFinding } from '../lib/table.mjs';
import { endurePages } from './pages.mjs';

const SAMPLES = 40;
const SHOWN = 10;
const MEBIBYTE = 2 ** 20;
/** Longest duration in ms; a call on a software GPU takes tens of milliseconds. */
const LONGEST_MS = 30 * 60_000;

const MEMORY = [
  { key: 'rss', label: 'RSS MiB', digits: 1 },
  { key: 'heap', label: 'heap MiB', digits: 1 },
  { key: 'wasm', label: 'WASM MiB', digits: 2 },
  { key: 'gpuBytes', label: 'GPU MiB', digits: 2 },
  { key: 'gpuBuffers', label: 'GPU buffers', digits: 0 },
];

const { values } = parseArgs({
  options: {
    pages: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '10' },
    calls: { type: 'string', default: '20000' },
  },
});
await (values.pages ? inPages(Number(values.minutes)) : inNode(Number(values.calls)));

/** @param {number} minutes */
async function inPages(minutes) {
  const rows = await endurePages(minutes);
  printFinding({
    title: `Two pages at once, ${minutes} minutes`,
    columns: [
      { key: 'minute', label: 'minute', digits: 0 },
      { key: 'page', label: 'page', digits: 0 },
      { key: 'calls', label: 'calls', digits: 0 },
      ...MEMORY.slice(1),
    ],
    rows: rows.map(inMebibytes),
    notes: [
      'after a collection of garbage; criteria come and go every 100 calls, on the GPU every 10',
    ],
  });
}

/** @param {number} calls */
async function inNode(calls) {
  const script = fileURLToPath(new URL('in-node.mjs', import.meta.url));
  const command = [process.execPath, '--expose-gc', script, `${calls}`, `${SAMPLES}`];
  /** @type {Record<string, number>[]} */
  const rows = (await runForJson(command, softwareGpu(), LONGEST_MS)).map(inMebibytes);
  printFinding({
    title: `${calls} calls of mixed tasks, shapes, backends and threads in Node`,
    columns: [
      { key: 'calls', label: 'calls', digits: 0 },
      ...MEMORY,
      { key: 'handles', label: 'handles', digits: 0 },
    ],
    rows: rows.filter((_, i) => (i + 1) % (SAMPLES / SHOWN) === 0),
    notes: [
      'after a collection of garbage; criteria come and go every 100 calls, on the GPU every 10',
    ],
  });
  await ensureInstalled('bench/chart');
  const { drawCurves } = await import('../chart/draw-curves.mjs');
  const curves = [
    { key: 'rss', title: 'Resident memory of the process, MiB' },
    { key: 'heap', title: 'JavaScript heap in use, MiB' },
    { key: 'wasm', title: 'WASM memory, MiB' },
    { key: 'gpuBytes', title: 'GPU buffers, MiB' },
    { key: 'handles', title: 'Handles of the event loop' },
  ];
  const target = new URL('../../docs/endurance.svg', import.meta.url);
  await writeFile(target, await drawCurves(curves, rows));
}

/** @param {Record<string, number>} row */
function inMebibytes(row) {
  const bytes = ['rss', 'heap', 'wasm', 'gpuBytes'].filter((key) => key in row);
  return { ...row, ...Object.fromEntries(bytes.map((key) => [key, row[key] / MEBIBYTE])) };
}
