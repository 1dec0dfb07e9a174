import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDetectionLoss, type DetectionLossConfig } from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';
import { gpu, testAdapter, testDevice } from '../lib/gpu.ts';
import { ordinaryProblem } from '../lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();
const create = (more: Partial<DetectionLossConfig> = {}) =>
  createDetectionLoss({ ...config, ...more });

afterEach(() => {
  vi.restoreAllMocks();
});

/** An adapter that says it is a GPU, and is asked for a device once. */
async function pretendHardware(requestDevice?: GPUAdapter['requestDevice']): Promise<void> {
  const adapter = await testAdapter();
  const info = { vendor: 'acme', architecture: 'fast', device: '', description: 'Acme Fast 1' };
  const { features, limits } = adapter;
  const pretender = {
    info,
    features,
    limits,
    requestDevice: requestDevice ?? adapter.requestDevice.bind(adapter),
  };
  vi.spyOn(gpu, 'requestAdapter').mockResolvedValue(pretender as unknown as GPUAdapter);
}

describe("createDetectionLoss, backend 'auto'", () => {
  it('a device is given, be it in software: WebGPU', async () => {
    const device = await testDevice();
    using criterion = await create({ device });
    expect(criterion.backend).toBe('webgpu');
    expect(criterion.backendReason).toBe('a device was given');
    device.destroy();
  });

  it('a software adapter: WASM, and the reason names it', async () => {
    using criterion = await create();
    expect(criterion.backend).toBe('wasm');
    // Firefox tells no adapter's name
    const name = /(SwiftShader|llvmpipe|an adapter without a name).* is no GPU but software/i;
    expect(criterion.backendReason).toMatch(name);
  });

  it('a GPU: WebGPU on a device of its own, which dispose ends', async () => {
    await pretendHardware();
    const criterion = await create();
    expect(criterion.backend).toBe('webgpu');
    expect(criterion.backendReason).toBe('there is a GPU, Acme Fast 1');
    expect((await criterion.valueAndGrad(feats, targets)).total).toBeGreaterThan(0);
    criterion.dispose();
  });

  it('a GPU that gives no device: WASM, and the reason says so', async () => {
    await pretendHardware(() => Promise.reject(new Error('out of devices')));
    using criterion = await create();
    expect(criterion.backend).toBe('wasm');
    expect(criterion.backendReason).toMatch(/Acme Fast 1.*out of devices/);
  });

  it('no adapter: WASM, and later criteria do not ask again, because browsers warn every time', async () => {
    const other = { requestAdapter: vi.fn(async () => null) };
    vi.spyOn(navigator, 'gpu', 'get').mockReturnValue(other as unknown as GPU);
    for (let i = 0; i < 3; i++) {
      using criterion = await create();
      expect(criterion.backend).toBe('wasm');
      expect(criterion.backendReason).toBe('there is no GPU adapter');
    }
    expect(other.requestAdapter).toHaveBeenCalledTimes(1);
    await expectCode('GPU_ADAPTER', () => create({ backend: 'webgpu' }));
    expect(other.requestAdapter).toHaveBeenCalledTimes(2);
  });
});

describe("createDetectionLoss, backend 'webgpu'", () => {
  it('no device given: one of its own, also in software', async () => {
    using criterion = await create({ backend: 'webgpu' });
    expect(criterion.backend).toBe('webgpu');
    expect((await criterion.value(feats, targets)).total).toBeGreaterThan(0);
  });

  it('no adapter: GPU_ADAPTER', async () => {
    vi.spyOn(gpu, 'requestAdapter').mockResolvedValue(null);
    await expectCode('GPU_ADAPTER', () => create({ backend: 'webgpu' }), /needs a GPU adapter/);
  });

  it('an adapter that gives no device: GPU_ADAPTER', async () => {
    await pretendHardware(() => Promise.reject(new Error('out of devices')));
    await expectCode('GPU_ADAPTER', () => create({ backend: 'webgpu' }), /out of devices/);
  });

  it('synchronous methods: SYNC_UNAVAILABLE', async () => {
    using criterion = await create({ backend: 'webgpu' });
    for (const method of ['valueSync', 'valueAndGradSync', 'assignSync'] as const) {
      await expectCode('SYNC_UNAVAILABLE', () => criterion[method](feats, targets));
    }
  });

  it("backend 'wasm' leaves a device alone", async () => {
    const device = await testDevice();
    using criterion = await create({ backend: 'wasm', device });
    expect(criterion.backend).toBe('wasm');
    device.destroy();
  });
});
