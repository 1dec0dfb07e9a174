import type { OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VISITORS, type Visitor } from '../../scripts/visitor.mjs';
import { openWebkit } from '../../scripts/webkit.mjs';
import { relativeError } from '../lib/compare.ts';
import { type Consumer, installConsumer } from './lib/install-consumer.ts';
import { ISOLATED } from './lib/isolated.ts';
import { serve } from './lib/serve.ts';

const policy = (csp: string) => ({ ...ISOLATED, 'Content-Security-Policy': csp });
/** Policy that forbids workers from blob: and data: URLs. */
const STRICT = policy(
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'",
);
/** Relative errors of the total against the golden. */
const BOUNDS = { wasm: 2e-6, webgpu: 2e-5 };

let consumer: Consumer;
beforeAll(async () => {
  consumer = await installConsumer();
});
afterAll(() => consumer?.remove());

/** Outcome that a page of the consumer shows. */
async function outcomeOf(visitor: Visitor, page: string, headers: OutgoingHttpHeaders) {
  const server = await serve(consumer.folder, headers);
  try {
    await visitor.open(`${server.origin}/page/${page}`);
    const shown = () => visitor.evaluate("document.querySelector('output').textContent");
    await expect.poll(shown).not.toBe('');
    return JSON.parse(await shown());
  } finally {
    await server.close();
  }
}

function expectTotal(total: number, backend: keyof typeof BOUNDS = 'wasm'): void {
  expect(relativeError(total, consumer.total)).toBeLessThanOrEqual(BOUNDS[backend]);
}

/** Opens a browser for the tests of a group. */
function useVisitor(open: () => Promise<Visitor>): { visitor: Visitor } {
  const held = {} as { visitor: Visitor };
  beforeAll(async () => {
    held.visitor = await open();
  });
  afterAll(() => held.visitor?.close());
  return held;
}

describe.each(['firefox', 'webkit'] as const)('the packed package in %s', (engine) => {
  const held = useVisitor(VISITORS[engine]);

  it.each([
    ['isolated, embedded script', 'threads.html', ISOLATED],
    ["isolated, the package's worker.js", 'threads.html?file', ISOLATED],
    ["isolated, worker-src 'self'", 'threads.html?file', STRICT],
  ])('%s: two threads, the right total, its main thread never sleeps', async (_, page, headers) => {
    const { total, ...rest } = await outcomeOf(held.visitor, page, headers);
    expect(rest).toEqual({ threads: 2, isShared: true, sleeps: 0 });
    expectTotal(total);
  });

  it.each([
    ["worker-src 'none'", 'threads', policy("worker-src 'none'"), /^a worker is missing: ./],
    ['a worker script that is not there', 'missing-worker', ISOLATED, /^a worker is missing: ./],
  ])('%s: one thread, and threadsReason says why', async (_, fault, headers, reason) => {
    const outcome = await outcomeOf(held.visitor, `faults.html?${fault}`, headers);
    expect(outcome.threads).toBe(1);
    expect(outcome.threadsReason).toMatch(reason);
    expectTotal(outcome.total);
  });

  it('a worker that is killed between calls: the same bits', async () => {
    const { total, ...rest } = await outcomeOf(held.visitor, 'faults.html?killed-worker', ISOLATED);
    expect(rest).toEqual({ killed: 1, isSame: true });
    expectTotal(total);
  });

  it("no 'wasm-unsafe-eval': WASM_LOAD", async () => {
    const headers = policy("script-src 'self'");
    const { code } = await outcomeOf(held.visitor, 'faults.html?threads', headers);
    expect(code).toBe('WASM_LOAD');
  });

  it('memory that cannot grow: WASM_MEMORY', async () => {
    const { code } = await outcomeOf(held.visitor, 'faults.html?full-memory', {});
    expect(code).toBe('WASM_MEMORY');
  });

  it.each([
    ['a module script', 'strict.html'],
    ['a module worker', 'strict.html?worker'],
    ['a fetched binary', 'strict.html?wasm=detloss.wasm'],
  ])('without a bundler, %s: the right total', async (_, page) => {
    expectTotal((await outcomeOf(held.visitor, page, {})).total);
  });
});

describe('the packed package in firefox, on WebGPU', () => {
  const held = useVisitor(VISITORS.firefox);

  it('no adapter: WASM, and backendReason says why', async () => {
    const { backend, backendReason, total } = await outcomeOf(
      held.visitor,
      'faults.html?no-adapter',
      {},
    );
    expect([backend, backendReason]).toEqual(['wasm', 'there is no GPU adapter']);
    expectTotal(total);
  });

  it('an adapter without features: the right total', async () => {
    const { backend, total } = await outcomeOf(held.visitor, 'faults.html?poor-adapter', {});
    expect(backend).toBe('webgpu');
    expectTotal(total, 'webgpu');
  });
});

describe.each([
  ['firefox', VISITORS.firefox, []],
  // WebKitGTK as it comes has no SharedArrayBuffer in any page
  ['webkit', () => openWebkit({}), [{ headers: ISOLATED, reason: /^the engine has no Shared/ }]],
] as const)('the packed package without SharedArrayBuffer, in %s', (_, open, more) => {
  const held = useVisitor(open);

  it.each([{ headers: {}, reason: /^there is no SharedArrayBuffer.*isolation$/ }, ...more])(
    '$headers: one thread, and threadsReason is $reason',
    async ({ headers, reason }) => {
      const outcome = await outcomeOf(held.visitor, 'faults.html?threads', headers);
      expect(outcome.threads).toBe(1);
      expect(outcome.threadsReason).toMatch(reason);
      expectTotal(outcome.total);
    },
  );
});
