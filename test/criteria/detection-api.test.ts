import { describe, expect, it } from 'vitest';
import { BASELINE } from '../../src/backend/wasm/binary.ts';
import { createDetectionLoss, type DetectionLossConfig, type Tensor } from '../../src/index.ts';
import { backends, builds } from '../lib/backends.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { expectCode } from '../lib/expect-code.ts';
import { ordinaryProblem } from '../lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();
const copyOf = (tensors: typeof feats) => tensors.map(({ data }) => data.slice());
const [{ wasm: binary }] = builds;

describe.each(backends)('createDetectionLoss, $name', ({ config: { backend, wasm }, bound }) => {
  const create = (more: Partial<DetectionLossConfig> = {}) =>
    createDetectionLoss({ ...config, backend, wasm, ...more });

  it('total is the sum of the items times the batch', async () => {
    using criterion = await create();
    const { total, items } = await criterion.value(feats, targets);
    expectClose('total', total, 3 * (items.box + items.cls + items.dfl), 1e-15);
  });

  it('says which backend it is and on how many threads', async () => {
    using criterion = await create({ threads: 2 });
    expect(criterion.backend).toBe(backend);
    expect(criterion.threads).toBeGreaterThanOrEqual(1);
  });

  it('reads its inputs and writes nothing to them', async () => {
    using criterion = await create();
    const before = [copyOf(feats), structuredClone(targets)];
    await criterion.valueAndGrad(feats, targets);
    expect([copyOf(feats), targets]).toEqual(before);
  });

  it('grads have the shapes of the predictions, in fresh arrays', async () => {
    using criterion = await create();
    const { grads } = await criterion.valueAndGrad(feats, targets);
    expect(grads.map((grad) => grad.shape)).toEqual(feats.map((feat) => feat.shape));
    expect(new Set(grads.map((grad) => grad.data.buffer)).size).toBe(3);
  });

  it('out is overwritten whole and returned', async () => {
    using criterion = await create();
    const { grads } = await criterion.valueAndGrad(feats, targets);
    const out = grads.map(({ data, shape }) => ({ data: data.slice().fill(Number.NaN), shape }));
    const again = await criterion.valueAndGrad(feats, targets, { out });
    again.grads.forEach((grad, l) => {
      expect(grad.data).toBe(out[l].data);
      expect(grad.data).toEqual(grads[l].data);
    });
  });

  it('two calls give the same bits, and so does another criterion', async () => {
    using criterion = await create();
    using other = await create();
    const first = await criterion.valueAndGrad(feats, targets);
    expect(await criterion.valueAndGrad(feats, targets)).toEqual(first);
    expect(await other.valueAndGrad(feats, targets)).toEqual(first);
  });

  it('a small call after a large one gives the bits it gives alone', async () => {
    using criterion = await create();
    const few = { batchIdx: [1], cls: [2], bboxes: [0.5, 0.5, 0.3, 0.3] };
    const alone = await criterion.valueAndGrad(feats, few);
    await criterion.valueAndGrad(feats, targets);
    expect(await criterion.valueAndGrad(feats, few)).toEqual(alone);
  });

  it('calls in flight together give what each gives alone', async () => {
    using criterion = await create({
      reduceNormalizer: (sum) => new Promise((resolve) => setTimeout(resolve, 5, sum)),
    });
    const none = { batchIdx: [], cls: [], bboxes: [] };
    const alone = await criterion.valueAndGrad(feats, targets);
    const aloneNone = await criterion.valueAndGrad(feats, none);
    const together = [targets, none, targets].map((t) => criterion.valueAndGrad(feats, t));
    expect(await Promise.all(together)).toEqual([alone, aloneNone, alone]);
  });

  it('targets may come in any array-like', async () => {
    using criterion = await create();
    const expected = await criterion.value(feats, targets);
    const typed = {
      batchIdx: Uint8Array.from(targets.batchIdx),
      cls: Float32Array.from(targets.cls),
      bboxes: Float64Array.from(targets.bboxes),
    };
    expect(await criterion.value(feats, typed)).toEqual(expected);
    const bare = { ...targets, cls: { ...targets.cls, length: 9 } };
    expect(await criterion.value(feats, bare)).toEqual(expected);
  });

  it('no targets: no box or dfl loss, normalizer 1, and nothing assigned', async () => {
    using criterion = await create();
    const none = { batchIdx: [], cls: [], bboxes: [] };
    const { items, assignment, grads } = await criterion.valueAndGrad(feats, none);
    expect([items.box, items.dfl, assignment.scoresSum]).toEqual([0, 0, 0]);
    expect(items.cls).toBeGreaterThan(0);
    expect(assignment.anchor).toHaveLength(0);
    const boxChannels = grads[0].data.subarray(0, 4 * 8 * 12 * 8);
    expect(boxChannels.every((g) => g === 0)).toBe(true);
  });

  it('lists targets without an anchor by their place in the arrays given', async () => {
    using criterion = await create();
    const tiny = [0.5, 0.5, 1e-4, 1e-4];
    const far = [3, 3, 0.1, 0.1];
    const { unassigned } = await criterion.assign(feats, {
      batchIdx: [2, 0, 1],
      cls: [0, 0, 0],
      bboxes: [...tiny, ...targets.bboxes.slice(0, 4), ...far],
    });
    expect([...unassigned]).toEqual([0, 2]);
  });

  it('grids of any size and number of channels stay within WASM memory', async () => {
    const target = { batchIdx: [0], cls: [0], bboxes: [0.5, 0.5, 1, 1] };
    for (const layout of ['nchw', 'nhwc'] as const) {
      for (const [numClasses, width] of [
        [1203, 5],
        [365, 15],
        [1, 1],
        [3, 61],
      ]) {
        using criterion = await create({ numClasses, layout, strides: [8] });
        const channels = 32 + numClasses;
        const shape = layout === 'nchw' ? [1, channels, width, width] : [1, width, width, channels];
        const data = new Float32Array(channels * width * width);
        const { total } = await criterion.value([{ data, shape }], target);
        expect(total).toBeGreaterThan(0);
      }
    }
  });

  it('NaN in a class logit or in a positive’s box shows in the total', async () => {
    using criterion = await create();
    const { assignment } = await criterion.value(feats, targets);
    const first = assignment.anchor.findIndex((anchor) => anchor < 96);
    const boxLogit = assignment.image[first] * 37 * 96 + assignment.anchor[first];
    for (const place of [boxLogit, 36 * 96]) {
      const data = feats[0].data.slice();
      data[place] = Number.NaN;
      const broken = [{ ...feats[0], data }, feats[1], feats[2]];
      expect((await criterion.value(broken, targets)).total).toBeNaN();
    }
  });

  it.each([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%d in a class logit makes the total infinite or NaN, as in PyTorch',
    async (value) => {
      using criterion = await create();
      const data = feats[0].data.slice();
      data[36 * 96] = value;
      const broken = [{ ...feats[0], data }, feats[1], feats[2]];
      expect(Number.isFinite((await criterion.value(broken, targets)).total)).toBe(false);
    },
  );

  it('checkFinite names level, image and channel', async () => {
    using criterion = await create({ checkFinite: true });
    const data = feats[1].data.slice();
    data[(2 * 37 + 33) * 24 + 5] = Number.NEGATIVE_INFINITY;
    const broken = [feats[0], { ...feats[1], data }, feats[2]];
    await expectCode(
      'NOT_FINITE',
      () => criterion.value(broken, targets),
      /feats\[1\] .*image 2, channel 33/,
    );
    await criterion.value(feats, targets);
  });

  it(`shards with reduceNormalizer add up to the whole batch, within ${bound}`, async () => {
    using criterion = await create();
    const whole = await criterion.valueAndGrad(feats, targets);
    const shards = [[0, 2], [1]].map((images) => shardOf(images));
    const globalSum = Promise.all(
      shards.map(async (shard) => (await criterion.assign(shard.feats, shard.targets)).scoresSum),
    ).then((sums) => sums.reduce((a, b) => a + b));
    using sharded = await create({ reduceNormalizer: () => globalSum });
    let total = 0;
    for (const { images, feats: own, targets: ownTargets } of shards) {
      const part = await sharded.valueAndGrad(own, ownTargets);
      // A shard's total counts its own images; 3 / images of it are the whole batch's.
      const factor = 3 / images.length;
      total += part.total * factor;
      part.grads.forEach(({ data }, l) => {
        const expected = images.flatMap((b) => [...imageOf(whole.grads[l].data, b)]);
        expectCloseL2(
          `grads[${l}]`,
          data.map((g) => g * factor),
          expected,
          bound,
        );
      });
    }
    expectClose('total', total, whole.total, bound);
  });

  it('a normalizer below 1 counts as 1', async () => {
    using small = await create({ reduceNormalizer: () => 0.01 });
    using one = await create({ reduceNormalizer: async () => 1 });
    expect(await small.value(feats, targets)).toEqual(await one.value(feats, targets));
  });

  it('a reduceNormalizer that throws leaves out untouched', async () => {
    using broken = await create({
      reduceNormalizer: () => Promise.reject(new Error('all-reduce broke')),
    });
    const out = filled(7);
    await expect(broken.valueAndGrad(feats, targets, { out })).rejects.toThrow('all-reduce broke');
    expectFilled(out, 7);
  });

  it.each(['much', undefined, -1, Infinity, -Infinity])(
    'a reduceNormalizer that gives %s: NORMALIZER, out untouched',
    async (sum) => {
      using wrong = await create({ reduceNormalizer: () => sum as number });
      const out = filled(7);
      await expectCode('NORMALIZER', () => wrong.valueAndGrad(feats, targets, { out }));
      expectFilled(out, 7);
    },
  );

  it('a NaN of another shard shows in the loss', async () => {
    using criterion = await create({ reduceNormalizer: () => Number.NaN });
    expect((await criterion.value(feats, targets)).total).toBeNaN();
  });

  it.each(['feats', 'out'])(
    '%s detached while the call waits: nothing is written',
    async (which) => {
      const own = feats.map(({ data, shape }) => ({ data: data.slice(), shape }));
      const out = filled(7);
      const { buffer } = (which === 'feats' ? own : out)[1].data;
      using criterion = await create({
        reduceNormalizer: async (sum) => {
          structuredClone(buffer, { transfer: [buffer] });
          return sum;
        },
      });
      const call = () => criterion.valueAndGrad(own, targets, { out });
      await expectCode('TENSOR_LENGTH', call, new RegExp(`${which}\\[1\\]`));
      expectFilled([out[0], out[2]], 7);
    },
  );

  it('dispose ends a call whose reduceNormalizer never answers', async () => {
    const criterion = await create({ reduceNormalizer: () => new Promise<number>(() => {}) });
    const inFlight = criterion.value(feats, targets);
    criterion.dispose();
    await expectCode('DISPOSED', () => inFlight, /^value: /);
  });

  it('after dispose every method fails with DISPOSED, also a call in flight', async () => {
    let release = (_: number) => {};
    const criterion = await create({
      reduceNormalizer: () => new Promise<number>((resolve) => (release = resolve)),
    });
    const inFlight = criterion.valueAndGrad(feats, targets);
    criterion.dispose();
    criterion[Symbol.dispose]();
    release(1);
    await expectCode('DISPOSED', () => inFlight);
    for (const method of ['value', 'valueAndGrad', 'assign'] as const) {
      await expectCode('DISPOSED', () => criterion[method](feats, targets), new RegExp(method));
      await expectCode('DISPOSED', () => criterion[`${method}Sync`](feats, targets));
    }
  });
});

describe('createDetectionLoss, synchronous methods', () => {
  it('give the bits of the asynchronous ones', async () => {
    using criterion = await createDetectionLoss({ ...config, backend: 'wasm' });
    expect(criterion.valueSync(feats, targets)).toEqual(await criterion.value(feats, targets));
    expect(criterion.assignSync(feats, targets)).toEqual(await criterion.assign(feats, targets));
    const expected = await criterion.valueAndGrad(feats, targets);
    expect(criterion.valueAndGradSync(feats, targets)).toEqual(expected);
  });

  it('fail with SYNC_UNAVAILABLE where reduceNormalizer is asynchronous', async () => {
    using criterion = await createDetectionLoss({
      ...config,
      reduceNormalizer: async (sum) => sum,
    });
    await expectCode(
      'SYNC_UNAVAILABLE',
      () => criterion.valueSync(feats, targets),
      /reduceNormalizer/,
    );
  });
});

describe('createDetectionLoss, wasm option', () => {
  it('not given: the fastest build that the engine knows', async () => {
    using embedded = await createDetectionLoss(config);
    using fastest = await createDetectionLoss({ ...config, wasm: builds[builds.length - 1].wasm });
    expect(embedded.valueSync(feats, targets)).toEqual(fastest.valueSync(feats, targets));
  });

  it.each([
    ['bytes', () => binary],
    ['an ArrayBuffer', () => binary.buffer],
    ['a compiled module', () => WebAssembly.compile(binary)],
    ['a Response', () => new Response(binary)],
    ['a URL', () => new URL(`data:application/wasm;base64,${BASELINE}`)],
  ])('takes %s and gives the bits of the baseline build', async (_, source) => {
    using baseline = await createDetectionLoss({ ...config, wasm: binary });
    using given = await createDetectionLoss({ ...config, wasm: await source() });
    expect(given.valueSync(feats, targets)).toEqual(baseline.valueSync(feats, targets));
  });

  it.each([
    ['bytes that are no module', () => Uint8Array.of(1, 2, 3)],
    ['another module', () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)],
    ['a Response that is an error', () => new Response('no', { status: 404 })],
  ])('%s: BackendError WASM_LOAD, and the next criterion works', async (_, source) => {
    await expectCode('WASM_LOAD', () => createDetectionLoss({ ...config, wasm: source() }));
    using criterion = await createDetectionLoss(config);
    expect(criterion.valueSync(feats, targets).total).toBeGreaterThan(0);
  });
});

describe('createDetectionLoss, backends', () => {
  it('webgpu: BackendError BACKEND_UNAVAILABLE', async () => {
    await expectCode('BACKEND_UNAVAILABLE', () =>
      createDetectionLoss({ ...config, backend: 'webgpu' }),
    );
  });
});

/** Gradients to overwrite, all of one value. */
function filled(value: number) {
  return feats.map(({ data, shape }) => ({ data: data.slice().fill(value), shape }));
}

function expectFilled(tensors: readonly Tensor[], value: number) {
  expect(tensors.every(({ data }) => data.every((element) => element === value))).toBe(true);
}

/** The predictions and targets of some images, renumbered from 0. */
function shardOf(images: number[]) {
  const rows = targets.batchIdx
    .map((_, i) => i)
    .filter((i) => images.includes(targets.batchIdx[i]));
  return {
    images,
    feats: feats.map(({ data, shape }) => ({
      data: Float32Array.from(images.flatMap((b) => [...imageOf(data, b)])),
      shape: [images.length, ...shape.slice(1)],
    })),
    targets: {
      batchIdx: rows.map((i) => images.indexOf(targets.batchIdx[i])),
      cls: rows.map((i) => targets.cls[i]),
      bboxes: rows.flatMap((i) => targets.bboxes.slice(4 * i, 4 * i + 4)),
    },
  };
}

function imageOf(data: Float32Array, image: number): Float32Array {
  const size = data.length / 3;
  return data.subarray(image * size, (image + 1) * size);
}
