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
import {
  createDetectionLoss,
  type DetectionLoss,
  type DetectionTargets,
  type Tensor,
} from '../../../src/index.ts';
import { startThreads } from '../../lib/backends.ts';
import { type Bits, bitsOf, expectBits } from '../../lib/same-bits.ts';
import { threadProblem } from '../../lib/thread-problem.ts';

/** Number of times that each call is made: chance decides which thread comes first. */
const CALLS = 3;
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

const cases = problems.map(({ layout, batch, numClasses, classification }) => {
  const { config, feats, targets } = threadProblem(layout, batch, numClasses);
  const create = (threads: number) => createDetectionLoss({ ...config, classification, threads });
  let alone: Promise<Record<'value' | 'valueAndGrad' | 'assign', Bits>> | undefined;
  return {
    title: `${layout}, ${classification}, batch ${batch}, ${numClasses} classes`,
    create,
    feats,
    targets,
    /** Computes each method's bits on one thread, at its first call. */
    bitsAlone: () => {
      alone ??= bitsOnOneThread(create, feats, targets);
      return alone;
    },
  };
});

async function bitsOnOneThread(
  create: (threads: number) => Promise<DetectionLoss>,
  feats: Tensor[],
  targets: DetectionTargets,
) {
  using alone = await create(1);
  expect(alone.threads).toBe(1);
  return {
    value: bitsOf(await alone.value(feats, targets)),
    valueAndGrad: bitsOf(await alone.valueAndGrad(feats, targets)),
    assign: bitsOf(await alone.assign(feats, targets)),
  };
}

describe.each([2, 3, 4])('the bits of one thread, on %d threads', (threads) => {
  let stop: () => void;
  beforeAll(async () => {
    stop = await startThreads({ threads });
  });
  afterAll(() => stop());

  // No stage may sleep, as the main thread of a page is not allowed to
  beforeEach(() => {
    vi.spyOn(Atomics, 'wait').mockImplementation(() => {
      throw new TypeError('Atomics.wait cannot be called in this context');
    });
  });
  afterEach(() => vi.restoreAllMocks());

  it.each(cases)('$title: by every method', async ({ create, feats, targets, bitsAlone }) => {
    const expected = await bitsAlone();
    using criterion = await create(threads);
    expect(criterion.threads).toBe(threads);
    for (let call = 0; call < CALLS; call++) {
      expectBits(await criterion.value(feats, targets), expected.value);
      expectBits(await criterion.valueAndGrad(feats, targets), expected.valueAndGrad);
      expectBits(await criterion.assign(feats, targets), expected.assign);
    }
    expect(criterion.threads).toBe(threads);
  });

  it.each(cases)('$title: calls in flight together', async (own) => {
    const { create, feats, targets, bitsAlone } = own;
    const expected = await bitsAlone();
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

  describe.each(placements)('$shared in the memory they share', ({ feats: inShared, out }) => {
    it.each(cases)('$title', async ({ create, feats, targets, bitsAlone }) => {
      const expected = await bitsAlone();
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
});

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
