import { describe, expect, it } from 'vitest';
import { createDetectionLoss } from '../../src/index.ts';
import { builds } from '../lib/builds.ts';
import { loadGolden, optionsOf } from '../lib/golden.ts';

/**
 * The photograph's loss by each build, to the last bit, and a digest of its gradients. They are the same in V8, SpiderMonkey and
 * JavaScriptCore, on processors whose relaxed multiply-add rounds once.
 */
const BITS: Record<string, { total: number; digest: string }> = {
  baseline: {
    total: 65.84689221243019,
    digest: '3335581838f1764e2625c506c6a2bb35f9ef5788774f2cb66f339ab41eddf976',
  },
  relaxed: {
    total: 65.84689207809997,
    digest: '48544a5634dca5aaf41cf281bddab40c65e0e6453e232a54cb119f4fed178830',
  },
};

const golden = await loadGolden('real-nagasaki-boats');

describe.each(builds)('createDetectionLoss, build $build, the photograph', ({ build, wasm }) => {
  it.each([1, 2])('threads: %d: the bits that every engine gives', async (threads) => {
    const config = { ...optionsOf(golden), backend: 'wasm' as const, wasm, threads };
    using criterion = await createDetectionLoss(config);
    expect(criterion.threads).toBe(threads);
    const { total, grads } = await criterion.valueAndGrad(golden.feats, golden.targets);
    const digest = await digestOf(grads.map(({ data }) => data));
    expect({ total, digest }).toEqual(BITS[build]);
  });
});

/** SHA-256 of arrays, one after the other, in hexadecimal. */
async function digestOf(arrays: readonly Float32Array[]): Promise<string> {
  const bytes = new Uint8Array(await new Blob(arrays as Float32Array<ArrayBuffer>[]).arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
