/** Runs the benchmarks, prints their tables and writes them to bench/results/latest.json. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import Table from 'cli-table3';
import { benchDetection } from './detection.mjs';

const RESULTS = new URL('results/', import.meta.url);

const detection = await benchDetection();
const table = new Table({
  head: ['detection loss', 'ms', 'copies'],
  colAligns: ['left', 'right', 'right'],
  style: { head: [], border: [], compact: true },
});
for (const { what, ms, copies } of detection.rows) {
  table.push([what, ms.toFixed(2), copies.toFixed(2)]);
}
const machine = `${cpus()[0].model}, Node ${process.versions.node}, one thread`;
console.log(`${detection.title}\n${machine}\n${table}`);

mkdirSync(RESULTS, { recursive: true });
const file = new URL('latest.json', RESULTS);
writeFileSync(file, `${JSON.stringify({ machine, detection }, null, 2)}\n`);
