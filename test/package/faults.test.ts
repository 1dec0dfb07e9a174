import type { OutgoingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { relativeError } from '../lib/compare.ts';
import { ISOLATED } from './lib/isolated.ts';
import { useVisitor } from './lib/use-visitor.ts';
import { type Visit, visit } from './lib/visit.ts';

const policy = (csp: string) => ({ ...ISOLATED, 'Content-Security-Policy': csp });
/** Relative errors of the total against the golden. */
const BOUNDS = { wasm: 2e-6, webgpu: 2e-5 };

const visitor = useVisitor();

interface Outcome {
  total: number;
  backend: 'wasm' | 'webgpu';
  backendReason: string;
  threads: number;
  threadsReason: string;
  code: string;
  message: string;
}

async function open(fault: string, headers: OutgoingHttpHeaders): Promise<Visit> {
  const visited = await visit(
    visitor.browser,
    visitor.consumer.folder,
    `page/faults.html?${fault}`,
    headers,
  );
  expect(visited.uncaught).toEqual([]);
  return visited;
}

function expectTotal(total: number, backend: 'wasm' | 'webgpu'): void {
  expect(relativeError(total, visitor.consumer.total)).toBeLessThanOrEqual(BOUNDS[backend]);
}

describe('a page in which something is broken falls back to one thread', () => {
  it.each([
    ['no cross-origin isolation', 'threads', {}, /^there is no SharedArrayBuffer.*isolation$/],
    ["worker-src 'none'", 'threads', policy("worker-src 'none'"), /^a worker is missing: ./],
    ['a worker script that is not there', 'missing-worker', ISOLATED, /^a worker is missing: ./],
  ])('%s: the right total, and threadsReason says why', async (_, fault, headers, reason) => {
    const { outcome } = await open(fault, headers);
    const { total, threads, threadsReason } = outcome as Outcome;
    expect(threads).toBe(1);
    expect(threadsReason).toMatch(reason);
    expectTotal(total, 'wasm');
  });

  it('a worker that is killed between calls: the same bits', async () => {
    const { outcome } = await open('killed-worker', ISOLATED);
    const { total, ...rest } = outcome as Outcome;
    expect(rest).toEqual({ killed: 1, isSame: true });
    expectTotal(total, 'wasm');
  });
});

describe('a page in which WebAssembly is broken rejects', () => {
  it.each([
    [
      "no 'wasm-unsafe-eval'",
      'threads',
      policy("script-src 'self'"),
      'WASM_LOAD',
      /could not be loaded: .*(unsafe-eval|Content Security Policy)/,
    ],
    ['memory that cannot grow', 'full-memory', {}, 'WASM_MEMORY', /needs \d+ MiB of WASM memory/],
  ])('%s', async (_, fault, headers, code, message) => {
    const { outcome } = await open(fault, headers);
    const error = outcome as Outcome;
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});

describe('a page in which WebGPU is broken', () => {
  it("no adapter, backend 'auto': WASM, and backendReason says why", async () => {
    const { outcome } = await open('no-adapter', {});
    const { backend, backendReason, total } = outcome as Outcome;
    expect({ backend, backendReason }).toEqual({
      backend: 'wasm',
      backendReason: 'there is no GPU adapter',
    });
    expectTotal(total, 'wasm');
  });

  it.each([
    ['no adapter', 'no-adapter-for-webgpu', /needs a GPU adapter, got none/],
    ['an adapter that gives no device', 'no-device', /gave none: the driver says no/],
  ])("%s, backend 'webgpu': GPU_ADAPTER", async (_, fault, message) => {
    const { outcome } = await open(fault, {});
    const error = outcome as Outcome;
    expect(error.code).toBe('GPU_ADAPTER');
    expect(error.message).toMatch(message);
  });

  it('an adapter without features: the right total', async () => {
    const { outcome } = await open('poor-adapter', {});
    const { backend, total } = outcome as Outcome;
    expect(backend).toBe('webgpu');
    expectTotal(total, 'webgpu');
  });

  it('a device that is lost while it compiles, and at each submission: GPU_LOST, and a new one is right', async () => {
    const { outcome } = await open('lost-device', {});
    const { codes, message, total } = outcome as Outcome & { codes: string[] };
    // Lost while it compiles, at the submissions of assignment and losses, and behind the last one
    expect(codes.length).toBeGreaterThanOrEqual(4);
    expect(codes.slice(0, -1)).toEqual(codes.slice(0, -1).map(() => 'GPU_LOST'));
    expect(codes.at(-1)).toBe('right');
    expect(message).toMatch(/^valueAndGrad: needs its GPU device, which was lost: ./);
    expectTotal(total, 'webgpu');
  });
});
