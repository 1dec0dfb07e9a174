import { describe, expect, it } from 'vitest';
import {
  createDetectionLoss,
  createSemanticLoss,
  type DetectionLossConfig,
  type Tensor,
} from '../../../src/index.ts';
import { detectionLoss } from '../../../src/reference/detection.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { poorDevice, testDevice } from '../../lib/gpu.ts';
import { fromGpu, toGpu } from '../../lib/gpu-buffers.ts';
import { ordinaryProblem } from '../../lib/problem.ts';
import { normal } from '../../lib/random.ts';

const { config, feats, targets } = ordinaryProblem();
const BOUND = 2e-5;

/** Makes a larger batch of several copies of the problem's images. */
function repeated(times: number): { feats: Tensor[]; targets: typeof targets } {
  const copies = Array.from({ length: times }, (_, i) => i);
  return {
    feats: feats.map(({ data, shape: [batch, ...rest] }) => {
      const all = new Float32Array(times * data.length);
      for (const i of copies) all.set(data, i * data.length);
      return { data: all, shape: [times * batch, ...rest] };
    }),
    targets: {
      batchIdx: copies.flatMap((i) => targets.batchIdx.map((b) => 3 * i + b)),
      cls: copies.flatMap(() => targets.cls),
      bboxes: copies.flatMap(() => targets.bboxes),
    },
  };
}

describe('webgpu, limits', () => {
  const large = repeated(3);
  const options = config as DetectionLossConfig;
  const expected = detectionLoss(large.feats, large.targets, options);

  // An image's first level has 14,208 bytes, its positives have at most 4,536: groups of all images, and of ever fewer
  it.each([200_000, 60_000, 30_000, 15_000])(
    'bindings of at most %d bytes: cut by image, in arrays and buffers',
    async (maxStorageBufferBindingSize) => {
      const device = await poorDevice({ maxStorageBufferBindingSize });
      using criterion = await createDetectionLoss({ ...options, backend: 'webgpu', device });
      const { total, grads } = await criterion.valueAndGrad(large.feats, large.targets);
      expectClose('total', total, expected.total, BOUND);
      grads.forEach(({ data }, l) => {
        expectCloseL2(`grads[${l}]`, data, expected.grads[l], BOUND);
      });
      const buffers = large.feats.map((feat) => toGpu(device, feat, 4));
      const again = await criterion.valueAndGrad(buffers, large.targets);
      // The order of the sum depends on where logits begin in a buffer
      expectClose('total', again.total, total, 1e-6);
      for (const [l, grad] of again.grads.entries()) {
        expect(await fromGpu(device, grad)).toEqual(grads[l].data);
      }
      device.destroy();
    },
  );

  it('a part of a buffer that is more than a binding holds: read and written', async () => {
    const device = await testDevice();
    using criterion = await createDetectionLoss({ ...options, backend: 'webgpu', device });
    const { total, grads } = await criterion.valueAndGrad(feats, targets);
    const { maxStorageBufferBindingSize } = device.limits;
    const [given, out] = [0, 1].map(() => [
      toGpu(device, feats[0], maxStorageBufferBindingSize),
      ...feats.slice(1).map((feat) => toGpu(device, feat)),
    ]);
    const again = await criterion.valueAndGrad(given, targets, { out });
    expectClose('total', again.total, total, 1e-6);
    expect(await fromGpu(device, again.grads[0])).toEqual(grads[0].data);
    device.destroy();
  });

  it('more pairs than a binding holds: cut by target', async () => {
    const crowd = {
      batchIdx: new Array(40).fill(1),
      cls: new Array(40).fill(2),
      bboxes: Array.from({ length: 40 }, (_, i) => [0.5, 0.5, 1 - i / 100, 1 - i / 90]).flat(),
    };
    const wide = await testDevice();
    const narrow = await poorDevice({ maxStorageBufferBindingSize: 16_000 });
    const [a, b] = await Promise.all(
      [wide, narrow].map(async (device) => {
        using criterion = await createDetectionLoss({ ...options, backend: 'webgpu', device });
        return await criterion.value(feats, crowd);
      }),
    );
    expect(b.assignment).toEqual(a.assignment);
    expectClose('total', b.total, a.total, 1e-6);
    for (const device of [wide, narrow]) device.destroy();
  });

  // An image has 9,216 bytes of logits in the labels' size
  it.each([40_000, 20_000, 10_000])(
    'semantic logits, bindings of at most %d bytes: cut by image, resized or not',
    async (maxStorageBufferBindingSize) => {
      const tensor = (seed: number, shape: number[]) => {
        const count = shape.reduce((product, size) => product * size, 1);
        return { data: normal({ seed, mean: 0, std: 3 }, count), shape };
      };
      const logits = tensor(1, [5, 4, 24, 24]);
      const auxiliary = tensor(2, [5, 4, 10, 30]);
      const data = Uint8Array.from({ length: 5 * 24 * 24 }, (_, i) => (i * 7) % 5);
      const labels = { labels: { data, shape: [5, 24, 24] } };
      const device = await poorDevice({ maxStorageBufferBindingSize });
      const options = { numClasses: 4, ignoreIndex: 4 };
      using onWasm = await createSemanticLoss({ ...options, backend: 'wasm' });
      using criterion = await createSemanticLoss({ ...options, backend: 'webgpu', device });
      const alone = await onWasm.valueAndGrad({ logits, auxiliary }, labels);
      const { total, grads } = await criterion.valueAndGrad({ logits, auxiliary }, labels);
      expectClose('total', total, alone.total, BOUND);
      for (const name of ['logits', 'auxiliary'] as const) {
        expectCloseL2(name, grads[name]?.data ?? [], alone.grads[name]?.data ?? [], BOUND);
      }
      const buffers = { logits: toGpu(device, logits, 4), auxiliary: toGpu(device, auxiliary, 4) };
      const again = await criterion.valueAndGrad(buffers, labels);
      expect(again.total).toBe(total);
      expect(await fromGpu(device, again.grads.auxiliary as Tensor<GPUBuffer>)).toEqual(
        grads.auxiliary?.data,
      );
      device.destroy();
    },
  );
});
