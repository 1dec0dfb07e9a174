import { resolve } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUNTIMES } from '../../scripts/runtimes.mjs';
import { relativeError } from '../lib/compare.ts';
import { type Consumer, installConsumer } from './lib/install-consumer.ts';
import { launchChromium } from './lib/launch-chromium.ts';
import { run } from './lib/run.ts';
import { LONGEST_SETUP_MS } from './lib/timeouts.ts';
import { visit } from './lib/visit.ts';

const BOUND = 2e-6;
const entries = [
  { entry: 'detloss', wasm: 'detloss/detloss.wasm' },
  {
    entry: './node_modules/detloss/dist/index.js',
    wasm: './node_modules/detloss/dist/detloss.wasm',
  },
];
const missing = 'WASM_LOAD';

let consumer: Consumer;
let deno: string;
let browser: Browser;
/** In Node, by bare name: the bits that all others are held to. */
let total: number;

beforeAll(async () => {
  deno = resolve(RUNTIMES.deno().host[0]);
  browser = await launchChromium();
  consumer = await installConsumer();
  total = (await totalsInNode(entries[0])).embedded;
}, LONGEST_SETUP_MS);

afterAll(async () => {
  await browser?.close();
  await consumer?.remove();
});

describe('createDetectionLoss of the packed package', () => {
  it(`total is within ${BOUND} of the golden, relative`, () => {
    expect(relativeError(total, consumer.total)).toBeLessThanOrEqual(BOUND);
  });

  it.each(entries)('Node, $entry: same bits, embedded and from the file alone', async (entry) => {
    expect(await totalsInNode(entry)).toEqual({ embedded: total, file: total, missing });
  });

  it.each(entries)('Deno, $entry: same bits, embedded and from the file alone', async (entry) => {
    expect(await totalsInDeno(entry)).toEqual({ embedded: total, file: total, missing });
  });

  it.each([
    { script: 'an inline module script', page: 'plain.html', fetchedWasm: false },
    { script: 'a module script', page: 'strict.html', fetchedWasm: false },
    { script: 'a module script', page: 'strict.html?wasm=detloss.wasm', fetchedWasm: true },
    { script: 'a module worker', page: 'strict.html?worker', fetchedWasm: false },
    { script: 'a module worker', page: 'strict.html?worker&wasm=detloss.wasm', fetchedWasm: true },
  ])('Chromium, no bundler, $script, binary fetched: $fetchedWasm, same bits', async (visitor) => {
    const { page, fetchedWasm } = visitor;
    const visited = await visit(browser, consumer.folder, `page/${page}`);
    expect(visited).toEqual({ outcome: { total }, fetchedWasm, complaints: [], uncaught: [] });
  });
});

interface Totals {
  embedded: number;
  file: number;
  /** Code of the error for a file that is missing. */
  missing: string;
}

function totalsInNode(entry: { entry: string; wasm: string }): Promise<Totals> {
  return printedTotals(process.execPath, [], entry);
}

/** Deno may read files, which a dynamic import and a file: URL need, and nothing else. */
function totalsInDeno(entry: { entry: string; wasm: string }): Promise<Totals> {
  const flags = ['run', '--allow-read', '--no-prompt', '--no-remote', '--no-lock'];
  return printedTotals(deno, flags, entry);
}

async function printedTotals(
  program: string,
  flags: string[],
  { entry, wasm }: { entry: string; wasm: string },
): Promise<Totals> {
  const args = [...flags, 'print-total.mjs', entry, wasm];
  return JSON.parse(await run(program, args, consumer.folder));
}
