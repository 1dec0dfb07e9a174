import { beforeAll, describe, expect, it } from 'vitest';
import { pathOf } from '../../scripts/runtimes.mjs';
import { relativeError } from '../lib/compare.ts';
import { DENO_RUN } from './lib/deno-run.ts';
import { run } from './lib/run.ts';
import { installTools, programOf } from './lib/tools.ts';
import { useVisitor } from './lib/use-visitor.ts';
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

const visitor = useVisitor(installTools);
/** By the files of the two builds, in Node and Deno: the bits that all others are held to. */
let baseline: number;
let relaxed: number;

beforeAll(async () => {
  baseline = (await totalsInNode(entries[0])).file;
  relaxed = (await totalsInDeno({ ...entries[0], wasm: 'detloss/detloss.relaxed.wasm' })).file;
});

describe('createDetectionLoss of the packed package', () => {
  it(`total is within ${BOUND} of the golden, relative, by both builds`, () => {
    expect(relativeError(baseline, visitor.consumer.total)).toBeLessThanOrEqual(BOUND);
    expect(relativeError(relaxed, visitor.consumer.total)).toBeLessThanOrEqual(BOUND);
  });

  it.each(entries)(
    'Node, $entry: the bits of a build, embedded and from the file',
    async (entry) => {
      const embedded = expect.toBeOneOf([baseline, relaxed]);
      expect(await totalsInNode(entry)).toEqual({ embedded, file: baseline, missing });
    },
  );

  it.each(entries)(
    'Node 24, $entry: the bits of a build, embedded and from the file',
    async (entry) => {
      const totals = await printedTotals(pathOf('node'), [], entry);
      expect(totals).toEqual({ embedded: relaxed, file: baseline, missing });
    },
  );

  it('Node 24, by require: the same module, the bits of a build', async () => {
    const printed = await run(pathOf('node'), ['print-required.cjs'], visitor.consumer.folder);
    expect(JSON.parse(printed)).toEqual({ total: relaxed, isSame: true, adapter: 'function' });
  });

  it.each(entries)(
    'Bun, $entry: the bits of a build, embedded and from the file',
    async (entry) => {
      const embedded = expect.toBeOneOf([baseline, relaxed]);
      const totals = await printedTotals(programOf('bun'), [], entry);
      expect(totals).toEqual({ embedded, file: baseline, missing });
    },
  );

  it.each(entries)(
    'Deno, $entry: the bits of a build, embedded and from the file',
    async (entry) => {
      expect(await totalsInDeno(entry)).toEqual({ embedded: relaxed, file: baseline, missing });
    },
  );

  it.each([
    { script: 'an inline module script', page: 'plain.html', fetchedWasm: false },
    { script: 'an import map', page: 'import-map.html', fetchedWasm: false },
    { script: 'a module script', page: 'strict.html', fetchedWasm: false },
    { script: 'a module script', page: 'strict.html?wasm=detloss.wasm', fetchedWasm: true },
    { script: 'a module worker', page: 'strict.html?worker', fetchedWasm: false },
    { script: 'a module worker', page: 'strict.html?worker&wasm=detloss.wasm', fetchedWasm: true },
  ])(
    'Chromium, no bundler, $script, binary fetched: $fetchedWasm, the bits of that build',
    async ({ page, fetchedWasm }) => {
      const total = fetchedWasm ? baseline : relaxed;
      const visited = await visit(visitor.browser, visitor.consumer.folder, `page/${page}`);
      expect(visited).toEqual({ outcome: { total }, fetchedWasm, complaints: [], uncaught: [] });
    },
  );
});

it('Chromium, a service worker: the bits of the build that it fetches; a part that is not bundled is MODULE_LOAD', async () => {
  const visited = await visit(visitor.browser, visitor.consumer.folder, 'page/service-worker.html');
  const outcome = { total: relaxed, part: 'MODULE_LOAD' };
  expect(visited).toEqual({ outcome, fetchedWasm: true, complaints: [], uncaught: [] });
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
  const [deno, ...flags] = DENO_RUN;
  return printedTotals(deno, flags, entry);
}

async function printedTotals(
  program: string,
  flags: string[],
  { entry, wasm }: { entry: string; wasm: string },
): Promise<Totals> {
  const args = [...flags, 'print-total.mjs', entry, wasm];
  return JSON.parse(await run(program, args, visitor.consumer.folder));
}
