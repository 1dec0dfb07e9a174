import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { relativeError } from '../lib/compare.ts';
import { DENO_RUN } from './lib/deno-run.ts';
import { ISOLATED } from './lib/isolated.ts';
import { run } from './lib/run.ts';
import { installTools, programOf } from './lib/tools.ts';
import { useVisitor } from './lib/use-visitor.ts';
import { visit } from './lib/visit.ts';

/** Relative error of the total against the golden. */
const BOUND = 2e-6;
/** Policy that forbids workers from blob: and data: URLs. */
const STRICT = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'",
};

const visitor = useVisitor(installTools);

const hosts = [
  { host: 'Node', command: () => [process.execPath] },
  { host: 'Deno', command: () => [...DENO_RUN] },
  { host: 'Bun', command: () => [programOf('bun')] },
];

describe.each(hosts)('threads of the packed package in $host', ({ command }) => {
  /** Output of a process that never disposes of its criterion; `run` fails unless the process ends by itself. */
  const printed = async (...args: string[]) => {
    const [program, ...flags] = command();
    const line = await run(
      program,
      [...flags, 'print-threads.mjs', ...args],
      visitor.consumer.folder,
    );
    return JSON.parse(line) as { threads: number; total: number };
  };

  it.each([
    ['the embedded script', []],
    ["the package's worker.js", ['file']],
  ])('two, by %s; the process ends by itself', async (_, args) => {
    const { threads, total } = await printed('2', ...args);
    expect(threads).toBe(2);
    expect(relativeError(total, visitor.consumer.total)).toBeLessThanOrEqual(BOUND);
  });

  it("'auto': one a processor, at most 4; the process ends by itself", async () => {
    const expected = Math.min(availableParallelism(), 4);
    const { threads, total } = await printed('auto', `${expected}`);
    expect(threads).toBe(expected);
    expect(relativeError(total, visitor.consumer.total)).toBeLessThanOrEqual(BOUND);
  });
});

describe('threads of a criterion that nobody holds', () => {
  it('end without a dispose, in Node', async () => {
    const args = ['--expose-gc', 'print-forgotten.mjs'];
    expect(await run(process.execPath, args, visitor.consumer.folder)).toBe('2\n');
  });
});

describe('threads of the packed package in a Chromium page', () => {
  it.each([
    { page: 'isolated', headers: ISOLATED, script: 'embedded', threads: 2 },
    { page: 'isolated', headers: ISOLATED, script: 'file', threads: 2 },
    { page: 'not isolated', headers: {}, script: 'embedded', threads: 1 },
    { page: 'not isolated', headers: {}, script: 'file', threads: 1 },
    {
      page: 'isolated by credentialless',
      headers: { ...ISOLATED, 'Cross-Origin-Embedder-Policy': 'credentialless' },
      script: 'embedded',
      threads: 2,
    },
    {
      page: "isolated, worker-src 'self'",
      headers: { ...ISOLATED, ...STRICT },
      script: 'file',
      threads: 2,
    },
  ])(
    '$page, $script script: $threads, its main thread never sleeps, nothing on the console',
    async ({ headers, script, threads }) => {
      const path = `page/threads.html?${script}`;
      const visited = await visit(visitor.browser, visitor.consumer.folder, path, headers);
      expect(visited).toMatchObject({ complaints: [], uncaught: [] });
      const { total, ...outcome } = visited.outcome as { total: number };
      const isShared = 'Cross-Origin-Opener-Policy' in headers;
      expect(outcome).toEqual({ threads, isShared, sleeps: 0 });
      expect(relativeError(total, visitor.consumer.total)).toBeLessThanOrEqual(BOUND);
    },
  );

  it("isolated, worker-src 'self', embedded script: 1, nothing uncaught", async () => {
    const headers = { ...ISOLATED, ...STRICT };
    const visited = await visit(
      visitor.browser,
      visitor.consumer.folder,
      'page/threads.html',
      headers,
    );
    expect(visited.uncaught).toEqual([]);
    expect(visited.complaints.filter((text) => !/Content Security Policy/.test(text))).toEqual([]);
    const { total, threads } = visited.outcome as { total: number; threads: number };
    expect(threads).toBe(1);
    expect(relativeError(total, visitor.consumer.total)).toBeLessThanOrEqual(BOUND);
  });
});
