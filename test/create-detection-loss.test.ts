import { describe, expect, it, vi } from 'vitest';
import { createDetectionLoss } from '../src/index.ts';
import { builds } from './lib/builds.ts';
import { expectCode } from './lib/expect-code.ts';
import { ordinaryProblem } from './lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();
const [{ wasm: binary }] = builds;

describe('createDetectionLoss, wasm option', () => {
  it('not given: the fastest build that the engine knows', async () => {
    using embedded = await createDetectionLoss(config);
    using fastest = await createDetectionLoss({ ...config, wasm: builds[builds.length - 1].wasm });
    expect(embedded.valueSync(feats, targets)).toEqual(fastest.valueSync(feats, targets));
  });

  it('compiles a binary once for all criteria of one thread, and again after a failure', async () => {
    const compile = vi.spyOn(WebAssembly, 'compile');
    try {
      const wasm = binary.slice();
      const create = () => createDetectionLoss({ ...config, wasm, threads: 1 });
      await Promise.all([create(), create()]);
      await create();
      expect(compile).toHaveBeenCalledTimes(1);
      const mended = binary.slice();
      mended.fill(0, 0, 8);
      const createMended = () => createDetectionLoss({ ...config, wasm: mended, threads: 1 });
      await expectCode('WASM_LOAD', createMended);
      mended.set(binary.subarray(0, 8));
      await createMended();
      expect(compile).toHaveBeenCalledTimes(3);
    } finally {
      compile.mockRestore();
    }
  });

  it.each([
    ['bytes', () => binary],
    ['an ArrayBuffer', () => binary.buffer],
    ['a compiled module', () => WebAssembly.compile(binary)],
    ['a Response', () => new Response(binary)],
    ['a URL', () => new URL(`data:application/wasm;base64,${toBase64(binary)}`)],
  ])('takes %s and gives the bits of the baseline build', async (_, source) => {
    using baseline = await createDetectionLoss({ ...config, wasm: binary });
    using given = await createDetectionLoss({ ...config, wasm: await source() });
    expect(given.valueSync(feats, targets)).toEqual(baseline.valueSync(feats, targets));
  });

  it.each([
    ['bytes that are no module', () => Uint8Array.of(1, 2, 3)],
    ['another module', () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)],
    ['a Response that is an error', () => new Response('no', { status: 404 })],
  ])('%s: BackendError WASM_LOAD, and the next criterion works', async (_, source) => {
    await expectCode('WASM_LOAD', () => createDetectionLoss({ ...config, wasm: source() }));
    using criterion = await createDetectionLoss(config);
    expect(criterion.valueSync(feats, targets).total).toBeGreaterThan(0);
  });
});

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
