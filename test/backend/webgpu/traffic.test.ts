import { describe, expect, it } from 'vitest';
import { createDetectionLoss } from '../../../src/index.ts';
import { testDevice } from '../../lib/gpu.ts';
import { toGpu } from '../../lib/gpu-buffers.ts';
import { ordinaryProblem } from '../../lib/problem.ts';
import { watch } from '../../lib/watch-device.ts';

const { config, feats, targets } = ordinaryProblem();
/** Number of calls: a leak of one buffer in ten calls shows in the second half. */
const CALLS = 100;

describe('webgpu, what a call asks of its device', () => {
  it('at most two waits, the class loss under way before the first', async () => {
    const device = await testDevice();
    using criterion = await createDetectionLoss({ ...config, backend: 'webgpu', device });
    const buffers = feats.map((feat) => toGpu(device, feat));
    const seen = watch(device);
    await criterion.valueAndGrad(buffers, targets);
    const firstMap = seen.events.indexOf('map');
    expect(seen.events.slice(0, firstMap)).toContain('background 0');
    expect(seen.events.slice(0, firstMap)).not.toContain('slopes 0');
    const mapped = seen.events.filter((event) => event === 'map').length;
    expect(mapped).toBe(2);
    // Only the first submit has to be over when the candidates' metrics are mapped
    const before = seen.events.slice(0, firstMap);
    expect(before.indexOf('submit')).toBeLessThan(before.indexOf('background 0'));
    expect(seen.events.filter((event) => event === 'submit')).toHaveLength(3);
    device.destroy();
  });

  it('with gradients, reads all logits but those of the largest level once', async () => {
    const device = await testDevice();
    using criterion = await createDetectionLoss({ ...config, backend: 'webgpu', device });
    const buffers = feats.map((feat) => toGpu(device, feat));
    const seen = watch(device);
    const dense = () =>
      seen.events.splice(0).filter((event) => /^(background|slopes|classify) /.test(event));
    await criterion.valueAndGrad(buffers, targets);
    expect(dense()).toEqual(['background 0', 'slopes 0', 'classify 1', 'classify 2']);
    await criterion.valueAndGrad(buffers, { batchIdx: [], cls: [], bboxes: [] });
    expect(dense()).toEqual(['classify 0', 'classify 1', 'classify 2']);
    await criterion.value(buffers, targets);
    expect(dense()).toEqual(['background 0', 'background 1', 'background 2']);
    device.destroy();
  });

  it('brings down 8 bytes per target-anchor pair, and the sums', async () => {
    const device = await testDevice();
    using criterion = await createDetectionLoss({ ...config, backend: 'webgpu', device });
    const buffers = feats.map((feat) => toGpu(device, feat));
    const target = { batchIdx: [0], cls: [0], bboxes: [0.5, 0.5, 1, 1] };
    const seen = watch(device);
    await criterion.valueAndGrad(buffers, target);
    const pairs = 96 + 24 + 6;
    expect(seen.bytesDown).toBe(8 * pairs + 48);
    device.destroy();
  });

  it('pokes the queue while it waits: Firefox looks for completed work at submits only', async () => {
    const device = await testDevice();
    using criterion = await createDetectionLoss({ ...config, backend: 'webgpu', device });
    const mapLate = holdMaps(device, 100);
    const seen = watch(device);
    await criterion.value(feats, targets);
    expect(seen.events.filter((event) => event === 'poke').length).toBeGreaterThan(5);
    mapLate.restore();
    device.destroy();
  });

  it(`${CALLS} calls of changing sizes: buffers and bytes stop growing`, async () => {
    const device = await testDevice();
    using criterion = await createDetectionLoss({ ...config, backend: 'webgpu', device });
    const buffers = feats.map((feat) => toGpu(device, feat));
    const out = feats.map((feat) => toGpu(device, feat));
    const seen = watch(device);
    const alive: number[] = [];
    for (let call = 0; call < CALLS; call++) {
      const some = call % 10;
      const few = {
        batchIdx: targets.batchIdx.slice(some),
        cls: targets.cls.slice(some),
        bboxes: targets.bboxes.slice(4 * some),
      };
      await criterion.valueAndGrad(buffers, few, { out });
      alive.push(seen.aliveBytes());
    }
    const late = Math.max(...alive.slice(CALLS / 2));
    expect(late).toBeLessThanOrEqual(Math.max(...alive.slice(0, CALLS / 2)));
    expect(seen.aliveBuffers()).toBeLessThan(100);
    criterion.dispose();
    expect(seen.aliveBuffers()).toBe(0);
    device.destroy();
  });
});

/** Makes every map take at least `ms` milliseconds. */
function holdMaps(device: GPUDevice, ms: number): { restore(): void } {
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const map = buffer.mapAsync.bind(buffer);
    buffer.mapAsync = async (...args) => {
      await map(...args);
      await new Promise((resolve) => setTimeout(resolve, ms));
    };
    return buffer;
  };
  return {
    restore: () => {
      device.createBuffer = create;
    },
  };
}
