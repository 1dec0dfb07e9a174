import { afterEach, describe, expect, it, vi } from 'vitest';
import { DETECTION } from '../../../src/backend/programs/criteria/program.ts';
import { compile, instantiate } from '../../../src/backend/runtime/module.ts';
import { SharedEngine } from '../../../src/backend/runtime/shared-engine.ts';
import { Sharing } from '../../../src/backend/runtime/sharing.ts';
import { createDetectionLoss, createLosses, type Tensor } from '../../../src/index.ts';
import { fastest } from '../../lib/builds.ts';
import { turnsUntil } from '../../lib/busy-page.ts';
import { expectCode } from '../../lib/expect-code.ts';
import { bitsOf, expectBits } from '../../lib/same-bits.ts';
import { threadProblem } from '../../lib/thread-problem.ts';
import { ended, type Thread, watched } from '../../lib/workers.ts';

const THREADS = 3;
const { config, feats, targets } = threadProblem('nhwc', 2, 20);
const create = (threads: number | 'auto' = THREADS) => createDetectionLoss({ ...config, threads });

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('criteria of the same options', () => {
  it('share their workers and memory, which end with the last of them', async () => {
    await watched(async (threads, memories) => {
      const criteria = await Promise.all(Array.from({ length: 64 }, () => create()));
      expect([threads.length, memories.length]).toEqual([THREADS - 1, 1]);
      const ends = endsOf(threads);
      const [last, ...others] = criteria;
      for (const criterion of others) {
        criterion.dispose();
        criterion.dispose();
      }
      expect(last.threads).toBe(THREADS);
      expect(last.valueSync(feats, targets).total).toBeGreaterThan(0);
      expect(ends.asked()).toBe(0);
      last.dispose();
      await null;
      expect(ends.asked()).toBe(THREADS - 1);
      await ends.all;
    });
  });

  it('start workers again after the last has ended', async () => {
    await watched(async (threads) => {
      for (let round = 1; round <= 3; round++) {
        using criterion = await create();
        expect(criterion.threads).toBe(THREADS);
        expect(threads.length).toBe(round * (THREADS - 1));
      }
    });
  });

  it('of another number of threads, or another build, have their own', async () => {
    await watched(async (threads, memories) => {
      using two = await create(2);
      using four = await create(4);
      const wasm = fastest.wasm.slice();
      using other = await createDetectionLoss({ ...config, wasm, threads: 2 });
      expect([two.threads, four.threads, other.threads]).toEqual([2, 4, 2]);
      expect([threads.length, memories.length]).toEqual([1 + 3 + 1, 3]);
    });
  });

  it('sees workers become ready while no message arrives: the event loop does not turn', async () => {
    const module = await compile('test', DETECTION, undefined, true);
    const instance = await instantiate('test', DETECTION, module, true);
    const workers = { count: 2, script: undefined };
    const shared = new SharedEngine(DETECTION, module, instance, workers);
    // A page loads the script of a worker in turns of its event loop
    const wait = typeof document === 'undefined' ? () => null : () => turnsUntil(Promise.resolve());
    while (shared.pool.workers < 2) await wait();
    shared.stop();
    expect(shared.pool.workers).toBe(0);
  });

  it('one that is disposed while another begins leaves it all its threads', async () => {
    // The first is disposed at each of the turns that the second takes to begin
    for (let turns = 0; turns < 40; turns++) {
      const first = await create();
      const pending = create();
      for (let turn = 0; turn < turns; turn++) await null;
      first.dispose();
      using second = await pending;
      expect(second.threads, `disposed after ${turns} turns`).toBe(THREADS);
    }
  });
});

describe('one thread', () => {
  it('where the binary is a WebAssembly.Module: allocate gives ordinary tensors', async () => {
    await watched(async (threads) => {
      const wasm = await WebAssembly.compile(fastest.wasm);
      using criterion = await createDetectionLoss({ ...config, threads: THREADS, wasm });
      expect(criterion.threads).toBe(1);
      expect(criterion.threadsReason).toBe('a WebAssembly.Module in `wasm` runs on one thread');
      expect(criterion.allocate([2, 3]).data.buffer).toBeInstanceOf(ArrayBuffer);
      expect(threads).toEqual([]);
    });
  });

  it('where there is no SharedArrayBuffer: allocate gives ordinary tensors, the same bits', async () => {
    using shared = await create();
    const expected = bitsOf(shared.valueAndGradSync(feats, targets));
    vi.stubGlobal('SharedArrayBuffer', undefined);
    vi.stubGlobal('crossOriginIsolated', false);
    await watched(async (threads) => {
      for (const asked of [THREADS, 'auto'] as const) {
        using criterion = await create(asked);
        expect(criterion.threads).toBe(1);
        expect(criterion.threadsReason).toMatch(/no SharedArrayBuffer, for which a page needs/);
        expect(criterion.allocate([2, 3]).data.buffer).toBeInstanceOf(ArrayBuffer);
        expectBits(criterion.valueAndGradSync(feats, targets), expected);
      }
      expect(threads).toEqual([]);
    });
  });

  it('where an isolated page has no SharedArrayBuffer: the reason does not blame the page', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    vi.stubGlobal('crossOriginIsolated', true);
    using criterion = await create();
    expect(criterion.threadsReason).toBe(
      'the engine has no SharedArrayBuffer, although the page is cross-origin isolated',
    );
  });

  it('where it is asked for: allocate gives ordinary tensors', async () => {
    await watched(async (threads) => {
      using criterion = await create(1);
      expect(criterion.threads).toBe(1);
      expect(criterion.threadsReason).toBe('threads: 1 was asked for');
      expect(criterion.allocate([2, 3]).data.buffer).toBeInstanceOf(ArrayBuffer);
      expect(threads).toEqual([]);
    });
  });
});

describe('fewer threads than were asked for', () => {
  const broken = 'throw new Error("no script of ours");';
  const url = () => URL.createObjectURL(new Blob([broken], { type: 'text/javascript' }));

  it('where their script fails: threadsReason says so', async () => {
    const inNode = globalThis.process?.getBuiltinModule?.('node:worker_threads');
    const worker = inNode ? `data:text/javascript,${broken}` : url();
    const script = inNode ? new URL(worker) : worker;
    using criterion = await createDetectionLoss({ ...config, threads: THREADS, worker: script });
    expect(criterion.threads).toBe(1);
    expect(criterion.threadsReason).toMatch(/^a worker is missing: .*no script of ours/);
  });

  it('where the runtime allows none: threadsReason says so', async () => {
    using criterion = await createDetectionLoss({
      ...config,
      threads: THREADS,
      worker: 'https://no.such.host.invalid/worker.js',
    });
    expect(criterion.threads).toBe(1);
    expect(criterion.threadsReason).toMatch(/^a worker is missing: ./);
  });

  it('none is missing: threadsReason says what was asked for', async () => {
    using criterion = await create();
    expect(criterion.threadsReason).toBe(`threads: ${THREADS} was asked for`);
    criterion.dispose();
    expect(criterion.threadsReason).toBe('the criterion is disposed');
  });
});

describe('allocate', () => {
  it('gives tensors of zeros, each its own, also where memory that was given back is used again', async () => {
    using keeper = await create();
    for (let round = 0; round < 3; round++) {
      using criterion = await create();
      const tensors = [1, 7, 20, 20, 300_000].map((length) => criterion.allocate([length]));
      for (const { data } of tensors) {
        expect(data.every((value) => value === 0)).toBe(true);
        data.fill(data.length + round);
      }
      // Neither scratch of calls nor growing memory changes them
      keeper.valueAndGradSync(feats, targets);
      keeper.allocate([1_000_000]);
      for (const { data } of tensors) {
        expect(data.every((value) => value === data.length + round)).toBe(true);
      }
    }
  });

  it('out in its memory that is no tensor of it: OUT_ALIASES_INPUT, and the next call has the same bits', async () => {
    using criterion = await create();
    using losses = await createLosses({ backend: 'wasm', threads: THREADS });
    const expected = bitsOf(criterion.valueAndGradSync(feats, targets));
    const [tensor, of] = [criterion.allocate(feats[0].shape), losses.allocate([8])];
    const others = feats.slice(1).map(({ data, shape }) => ({ data: data.slice(), shape }));
    // One array lies over the kernels' tables, one begins in the middle of a tensor
    for (const start of [0, tensor.data.byteOffset + 64]) {
      const data = new Float32Array(tensor.data.buffer, start, tensor.data.length);
      const out = [{ ...tensor, data }, ...others];
      await expectCode(
        'OUT_ALIASES_INPUT',
        () => criterion.valueAndGrad(feats, targets, { out }),
        /out\[0\].*`allocate`/,
      );
    }
    const [input, target] = [0, 1].map((fill) => ({
      data: new Float32Array(8).fill(fill),
      shape: [8],
    }));
    const out = { data: new Float32Array(of.data.buffer, 0, 8), shape: [8] };
    await expectCode('OUT_ALIASES_INPUT', () => losses.mse(input, target, { out }), /mse: out/);
    expect((await losses.mse(input, target)).value).toBe(1);
    const part = { ...tensor, data: tensor.data.subarray(0) };
    expectBits(criterion.valueAndGradSync(feats, targets, { out: [part, ...others] }), expected);
  });

  it('uses what was given back for tensors of other sizes', async () => {
    using keeper = await create();
    const startOf = () => keeper.allocate([1]).data.byteOffset;
    const first = startOf();
    for (let length = 1000; length < 500_000; length = Math.floor(length * 1.7)) {
      using criterion = await create();
      criterion.allocate([length]);
      criterion.allocate([2 * length]);
    }
    expect((startOf() - first) / 2 ** 20).toBeLessThan(8);
  });

  it('beyond 2 GiB of memory: the same bits, in tensors of its own and in ordinary ones', async () => {
    using criterion = await create();
    const whole = await criterion.valueAndGrad(feats, targets);
    criterion.allocate([2 ** 29]);
    expect(await criterion.valueAndGrad(feats, targets)).toEqual(whole);
    const own = feats.map(({ data, shape }) => {
      const tensor = criterion.allocate(shape);
      tensor.data.set(data);
      return tensor;
    });
    const out = feats.map(({ shape }) => criterion.allocate(shape));
    expect(own[0].data.byteOffset).toBeGreaterThan(2 ** 31);
    expect(await criterion.valueAndGrad(own, targets, { out })).toEqual(whole);
  });

  it('gives the shape asked for, a copy', async () => {
    using criterion = await create();
    const shape = [2, 3, 4, 5];
    const tensor = criterion.allocate(shape);
    expect(tensor.shape).toEqual(shape);
    expect(tensor.shape).not.toBe(shape);
    expect(tensor.data.length).toBe(120);
  });

  it('tensors without axes, and without elements, are tensors too', async () => {
    using criterion = await create();
    expect(criterion.allocate([]).data.length).toBe(1);
    expect(criterion.allocate([0, 4])).toEqual({ data: new Float32Array(0), shape: [0, 4] });
  });

  it.each([[[2.5]], [[-1]], [['3']], [[2 ** 20, 2 ** 20]], [7], [undefined]])(
    '%j: ShapeError TENSOR_SHAPE',
    async (shape) => {
      using criterion = await create();
      await expectCode(
        'TENSOR_SHAPE',
        () => criterion.allocate(shape as number[]),
        /^allocate: shape/,
      );
    },
  );

  it.each([1, THREADS])('after dispose, of %d threads: DISPOSED', async (threads) => {
    const criterion = await create(threads);
    criterion.dispose();
    await expectCode('DISPOSED', () => criterion.allocate([1]), /^allocate: /);
  });
});

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

/** Number of threads that were asked to end, and a promise that all have ended; threads of a page do not tell. */
function endsOf(threads: readonly Thread[]): { asked(): number; all: Promise<unknown> } {
  const spies = threads.map((thread) => vi.spyOn(thread, 'terminate'));
  return {
    asked: () => spies.filter(({ mock }) => mock.calls.length > 0).length,
    all: Promise.all(threads.map(ended)),
  };
}

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
