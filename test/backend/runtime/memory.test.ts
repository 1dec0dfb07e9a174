import { afterEach, describe, expect, it } from 'vitest';
import { PLAIN_LOSSES } from '../../../src/backend/programs/losses/program.ts';
import { loadBuild } from '../../../src/backend/runtime/embedded.ts';
import { createDetectionLoss, createLosses, type Tensor } from '../../../src/index.ts';
import { fastest } from '../../lib/builds.ts';
import { expectCode } from '../../lib/expect-code.ts';
import { ordinaryProblem } from '../../lib/problem.ts';
import { type Bits, bitsOf, expectBits } from '../../lib/same-bits.ts';

const { Memory } = WebAssembly;
const { config, feats, targets } = ordinaryProblem();
/** Options with a binary of its own, so that a criterion shares no memory with those of other tests. */
const onWasm = () => ({ ...config, backend: 'wasm', wasm: fastest.wasm.slice() }) as const;

/** Largest memories in pages: that of one thread, and one that threads share, with its slots. */
const [OWN_PAGES, SHARED_PAGES] = [40, 160];

/** Limits each memory that is made from now on, as a machine does that has no more pages. */
function limitMemory(): void {
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super({ ...descriptor, maximum: descriptor.shared ? SHARED_PAGES : OWN_PAGES });
    }
  };
}

/** Result of a criterion whose memory is not limited. */
async function bitsOfFree(small: Tensor[]): Promise<Bits> {
  using free = await createDetectionLoss({ ...onWasm(), strides: [8], threads: 1 });
  return bitsOf(free.valueAndGradSync(small, targets));
}

/** Has memory refused from now on, where `refuses` says so. */
function refuseMemory(refuses: (descriptor: WebAssembly.MemoryDescriptor) => boolean): void {
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      if (refuses(descriptor)) throw new RangeError('could not allocate memory');
      super(descriptor);
    }
  };
}

afterEach(() => {
  WebAssembly.Memory = Memory;
});

/** A problem whose stages need more than a few MiB: one target over a large grid. */
function large() {
  const data = new Float32Array(37 * 320 * 320);
  const targets = { batchIdx: [0], cls: [0], bboxes: [0.5, 0.5, 1, 1] };
  return { feats: [{ data, shape: [1, 37, 320, 320] }], targets };
}

describe('WASM memory that cannot grow', () => {
  it.each([1, 2])(
    'WASM_MEMORY, threads: %d; what fits has the same bits, before and after',
    async (threads) => {
      const small = [feats[0]];
      const expected = await bitsOfFree(small);
      limitMemory();
      using criterion = await createDetectionLoss({ ...onWasm(), strides: [8], threads });
      const { feats: many, targets: one } = large();
      for (let i = 0; i < 3; i++) {
        expectBits(criterion.valueAndGradSync(small, targets), expected);
        await expectCode(
          'WASM_MEMORY',
          () => criterion.valueAndGrad(many, one),
          /MiB of WASM memory/,
        );
      }
      expectBits(criterion.valueAndGradSync(small, targets), expected);
    },
  );

  it('WASM_MEMORY of allocate; what was allocated stays good', async () => {
    const wasm = (await loadBuild(PLAIN_LOSSES.builds[0])).slice();
    limitMemory();
    using losses = await createLosses({ backend: 'wasm', wasm, threads: 2 });
    const own = losses.allocate([64]);
    own.data.fill(3);
    for (const length of [2 ** 24, 2 ** 30 - 2 ** 16]) {
      await expectCode('WASM_MEMORY', () => losses.allocate([length]));
    }
    expect((await losses.mse(own, { data: new Float32Array(64), shape: [64] })).value).toBe(9);
  });
});

describe('WASM memory that is not to be had', () => {
  it('shared: one thread, and threadsReason says so', async () => {
    refuseMemory(({ shared }) => shared === true);
    using criterion = await createDetectionLoss({ ...onWasm(), threads: 2 });
    expect(criterion.threads).toBe(1);
    expect(criterion.threadsReason).toMatch(/^threads are not possible: .*WASM memory/);
    expect(criterion.valueSync(feats, targets).total).toBeGreaterThan(0);
  });

  it.each([
    { refused: 'above 512 MiB, shared', maximum: 8192, threads: 2 },
    { refused: 'above 2 GiB', maximum: 32768, threads: 1 },
    { refused: 'above 256 MiB, whether shared or not', maximum: 4096, threads: 2 },
  ])('$refused: a smaller maximum is tried, and all threads work', async ({ maximum, threads }) => {
    using free = await createDetectionLoss({ ...onWasm(), threads });
    const expected = bitsOf(free.valueAndGradSync(feats, targets));
    free.dispose();
    const maxima: (number | undefined)[] = [];
    refuseMemory((descriptor) => {
      maxima.push(descriptor.maximum);
      return (descriptor.maximum as number) > maximum;
    });
    using criterion = await createDetectionLoss({ ...onWasm(), threads });
    expect(criterion.threads).toBe(threads);
    expect([maxima[0], maxima.at(-1)]).toEqual([65536, maximum]);
    expectBits(criterion.valueAndGradSync(feats, targets), expected);
  });

  it('any: WASM_MEMORY', async () => {
    refuseMemory(() => true);
    await expectCode(
      'WASM_MEMORY',
      () => createDetectionLoss(onWasm()),
      /no WASM memory to be had/,
    );
  });
});
