import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  vi,
} from 'vitest';
import { createDetectionLoss, type DetectionLoss, type Tensor } from '../../../src/index.ts';
import { alwaysShare } from '../../lib/always-share.ts';
import { startThreads } from '../../lib/backends.ts';
import { type Bits, bitsOf, expectBits } from '../../lib/same-bits.ts';
import { threadProblem } from '../../lib/thread-problem.ts';

alwaysShare();

/** Number of times that each call is made: chance decides which thread comes first. */
const CALLS = 3;
const threadCounts = [2, 3, 4];
/** Levels whose tensors lie in the memory that threads share, by `criterion.allocate`; the others are ordinary arrays. */
const placements = [
  { shared: 'nothing', feats: [], out: [] },
  { shared: 'the predictions', feats: [0, 1, 2], out: [] },
  { shared: 'out', feats: [], out: [0, 1, 2] },
  { shared: 'the predictions and out', feats: [0, 1, 2], out: [0, 1, 2] },
  { shared: 'some of both', feats: [0, 2], out: [1, 2] },
];
/** Numbers of classes that are whole vectors, and that are not: kernels write in place only if they write nothing beyond. */
const variants = [
  { classification: 'bce', batch: 1, numClasses: 40 },
  { classification: 'bce', batch: 3, numClasses: 37 },
  { classification: 'focal', batch: 1, numClasses: 37 },
  { classification: 'focal', batch: 3, numClasses: 40 },
  { classification: 'varifocal', batch: 1, numClasses: 40 },
  { classification: 'varifocal', batch: 3, numClasses: 37 },
] as const;
const everyProblem = (['nchw', 'nhwc'] as const).flatMap((layout) =>
  variants.map((variant) => ({ layout, ...variant })),
);
/** All problems, or each variant in one layout if an engine tries few problems. */
const problems = everyProblem.filter(
  (_, i) => inject('effort') === 1 || i % 2 === Math.floor(i / variants.length),
);

describe.each(problems)(
  '$layout, $classification, batch $batch, $numClasses classes: the bits of one thread',
  ({ layout, classification, batch, numClasses }) => {
    const { config, feats, targets } = threadProblem(layout, batch, numClasses);
    const create = (threads: number) => createDetectionLoss({ ...config, classification, threads });
    const expected = {} as Record<'value' | 'valueAndGrad' | 'assign', Bits>;

    beforeAll(async () => {
      using alone = await create(1);
      expect(alone.threads).toBe(1);
      expected.value = bitsOf(await alone.value(feats, targets));
      expected.valueAndGrad = bitsOf(await alone.valueAndGrad(feats, targets));
      expected.assign = bitsOf(await alone.assign(feats, targets));
    });

    // No stage may sleep, as the main thread of a page is not allowed to
    beforeEach(() => {
      vi.spyOn(Atomics, 'wait').mockImplementation(() => {
        throw new TypeError('Atomics.wait cannot be called in this context');
      });
    });
    afterEach(() => vi.restoreAllMocks());

    it.each(threadCounts)('on %d threads, by every method', async (threads) => {
      using criterion = await create(threads);
      expect(criterion.threads).toBe(threads);
      for (let call = 0; call < CALLS; call++) {
        expectBits(await criterion.value(feats, targets), expected.value);
        expectBits(await criterion.valueAndGrad(feats, targets), expected.valueAndGrad);
        expectBits(await criterion.assign(feats, targets), expected.assign);
      }
      expect(criterion.threads).toBe(threads);
    });

    it.each(threadCounts)('on %d threads, calls in flight together', async (threads) => {
      using criterion = await create(threads);
      using other = await create(threads);
      const calls = await Promise.all([
        criterion.valueAndGrad(feats, targets),
        other.value(feats, targets),
        criterion.assign(feats, targets),
        other.valueAndGrad(feats, targets),
      ]);
      const methods = ['valueAndGrad', 'value', 'assign', 'valueAndGrad'] as const;
      for (const [i, result] of calls.entries()) expectBits(result, expected[methods[i]]);
    });

    describe.each([2, 4])('on %d threads', (threads) => {
      let stop: () => void;
      beforeAll(async () => {
        stop = await startThreads({ threads });
      });
      afterAll(() => stop());

      it.each(placements)('$shared in the memory they share', async ({ feats: inShared, out }) => {
        using criterion = await create(threads);
        const own = place(criterion, feats, inShared, copy);
        const into = place(criterion, feats, out, (data) => data.fill(Number.NaN));
        for (let call = 0; call < CALLS; call++) {
          const result = criterion.valueAndGradSync(own, targets, { out: into });
          expectBits(result, expected.valueAndGrad);
          result.grads.forEach(({ data }, l) => {
            expect(data).toBe(into[l].data);
          });
        }
        expectBits(criterion.valueSync(own, targets), expected.value);
        expectBits(criterion.assignSync(own, targets), expected.assign);
      });
    });
  },
);

/** Makes tensors of the same shapes, those of the levels `shared` by `allocate`, and fills them by `fill`. */
function place(
  criterion: DetectionLoss,
  tensors: readonly Tensor[],
  shared: readonly number[],
  fill: (data: Float32Array, like: Float32Array) => void,
): Tensor[] {
  return tensors.map(({ data, shape }, l) => {
    const tensor = shared.includes(l)
      ? criterion.allocate(shape)
      : { data: new Float32Array(data.length), shape };
    expect(tensor.data.buffer instanceof SharedArrayBuffer).toBe(shared.includes(l));
    fill(tensor.data, data);
    return tensor;
  });
}

function copy(data: Float32Array, like: Float32Array): void {
  data.set(like);
}
