import { describe, expect, it } from 'vitest';
import { expectCode } from '../lib/expect-code.ts';
import { testDevice } from '../lib/gpu.ts';
import { tasks } from '../lib/tasks/index.ts';

const onWasmOnly = tasks.filter(({ backends }) =>
  backends.every(({ config }) => config.backend === 'wasm'),
);

describe.each(onWasmOnly)('$name, which has no stages on WebGPU', ({ create, ordinary }) => {
  it("backend: 'auto' is WASM and says why, with a device too", async () => {
    const device = await testDevice();
    for (const more of [{}, { device }]) {
      using criterion = await create({ ...ordinary.options, ...more });
      expect(criterion.backend).toBe('wasm');
      expect(criterion.backendReason).toMatch(/are computed in WASM only, in this version/);
    }
    device.destroy();
  });

  it("backend: 'webgpu' is a BackendError", async () => {
    const call = () => create({ ...ordinary.options, backend: 'webgpu' });
    await expectCode('GPU_ADAPTER', call, /^create\w+: backend 'webgpu' has no .* in this version/);
  });
});
