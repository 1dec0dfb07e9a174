import { describe, expect, it, vi } from 'vitest';
import { Sharing } from '../../../src/backend/runtime/sharing.ts';
import { createDetectionLoss, type Tensor } from '../../../src/index.ts';
import { create, feats, restoresAll, targets } from '../../lib/lease-problem.ts';
import { watched } from '../../lib/workers.ts';

restoresAll();

/** Largest WASM memory in MiB that 4 threads need for any batch. */
const MOST_MIB = 32;

describe('WASM memory of 4 threads', () => {
  const sizeOf = (memories: readonly WebAssembly.Memory[]) =>
    memories.reduce((sum, { buffer }) => sum + buffer.byteLength / 2 ** 20, 0);

  it.each(['nchw', 'nhwc'] as const)(
    `%s, batch 64, 640×640, 80 classes: at most ${MOST_MIB} MiB`,
    async (layout) => {
      await watched(async (_, memories, others) => {
        using criterion = await createDetectionLoss({ numClasses: 80, layout, threads: 4 });
        expect(criterion.threads).toBe(4);
        await criterion.value(zeros(layout, 64, 640, 144), boxes(64 * 8, 64, 80));
        await criterion.valueAndGrad(zeros(layout, 4, 640, 144), boxes(32, 4, 80));
        expect(sizeOf([...memories, ...others])).toBeLessThanOrEqual(MOST_MIB);
      });
    },
  );

  it.each(['nchw', 'nhwc'] as const)(
    `%s, images of 32 to 640 px, each larger than the last: at most ${MOST_MIB} MiB`,
    async (layout) => {
      await watched(async (_, memories, others) => {
        using criterion = await createDetectionLoss({ numClasses: 80, layout, threads: 4 });
        for (let size = 32; size <= 640; size += 32) {
          await criterion.valueAndGrad(zeros(layout, 1, size, 144), boxes(8, 1, 80));
        }
        expect(sizeOf([...memories, ...others])).toBeLessThanOrEqual(MOST_MIB);
      });
    },
  );

  it('300 calls of mixed shapes: not a byte more after each shape was seen', async () => {
    await watched(async (_, memories, others) => {
      using criterion = await createDetectionLoss({ numClasses: 5, regMax: 4, threads: 4 });
      const problems = [64, 320, 96, 224, 160].map((size, i) => ({
        feats: zeros('nchw', 1 + (i % 3), size, 21),
        targets: boxes(4 * i, 1 + (i % 3), 5),
      }));
      const methods = ['value', 'valueAndGrad', 'assign'] as const;
      const call = async (n: number) => {
        const { feats, targets } = problems[n % problems.length];
        await criterion[methods[n % methods.length]](feats, targets);
      };
      // Both ways, so that each memory has seen each shape
      const isShared = vi.spyOn(Sharing.prototype, 'isShared');
      for (let n = 0; n < 30; n++) {
        isShared.mockReturnValueOnce(n < 15);
        await call(n);
      }
      const before = sizeOf([...memories, ...others]);
      for (let n = 0; n < 300; n++) await call(n);
      expect(sizeOf([...memories, ...others])).toBe(before);
    });
  });

  it('criteria that come and go with the same tensors: not a byte more', async () => {
    await watched(async (_, memories, others) => {
      using _keeper = await create(4);
      const round = async () => {
        using criterion = await create(4);
        const own = feats.map(({ shape }) => criterion.allocate(shape));
        const out = feats.map(({ shape }) => criterion.allocate(shape));
        await criterion.valueAndGrad(own, targets, { out });
      };
      for (let n = 0; n < 10; n++) await round();
      const before = sizeOf([...memories, ...others]);
      for (let n = 0; n < 20; n++) await round();
      expect(sizeOf([...memories, ...others])).toBe(before);
      expect([memories.length, others.length]).toEqual([1, 1]);
    });
  });
});

/** Predictions of an image of size × size at the default strides. */
function zeros(layout: 'nchw' | 'nhwc', batch: number, size: number, channels: number): Tensor[] {
  return [8, 16, 32].map((stride) => {
    const side = size / stride;
    const shape = layout === 'nchw' ? [channels, side, side] : [side, side, channels];
    return { data: new Float32Array(batch * channels * side * side), shape: [batch, ...shape] };
  });
}

/** Targets of a third of the image's size, spread over the image. */
function boxes(count: number, batch: number, classes: number) {
  const indices = Array.from({ length: count }, (_, n) => n);
  return {
    batchIdx: indices.map((n) => n % batch),
    cls: indices.map((n) => n % classes),
    bboxes: indices.flatMap((n) => [0.2 + 0.06 * (n % 11), 0.2 + 0.06 * (n % 7), 0.33, 0.33]),
  };
}
