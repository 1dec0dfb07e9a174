import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createClassificationLoss,
  createDetectionLoss,
  createLosses,
  createPoseLoss,
  createSegmentationLoss,
  joinHead,
  splitHead,
  type Tensor,
} from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';
import { ordinaryProblem } from '../lib/problem.ts';
import { bitsOf, expectBits } from '../lib/same-bits.ts';

const { config: options, feats, targets } = ordinaryProblem();
const config = { ...options, backend: 'wasm' } as const;
const criterion = await createDetectionLoss(config);
const losses = await createLosses({ backend: 'wasm' });
const expected = bitsOf(criterion.valueAndGradSync(feats, targets));

/** A list whose iterator never ends, as a proxy or a subclass may have it. */
function endless<T>(list: readonly T[]): T[] {
  const copy = [...list];
  Object.defineProperty(copy, Symbol.iterator, {
    value: function* () {
      for (;;) yield 1;
    },
  });
  return copy;
}

/** An object whose property is another thing from the second read on. */
function lying<T extends object>(value: T, key: keyof T, lie: unknown): T {
  let reads = 0;
  return Object.defineProperty({ ...value }, key, {
    get: () => (reads++ === 0 ? value[key] : lie),
  });
}

const detach = ({ data }: Tensor) => structuredClone(data, { transfer: [data.buffer] });
const copyOf = ({ data, shape }: Tensor): Tensor => ({ data: data.slice(), shape });

describe('arguments that cannot be read: UNREADABLE, with what was thrown as its cause', () => {
  const broken = new Error('from a getter');
  const throwing = (key: string) =>
    Object.defineProperty({}, key, {
      enumerable: true,
      get() {
        throw broken;
      },
    });
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();

  it.each([
    ['a getter of the configuration', () => createDetectionLoss(throwing('numClasses') as never)],
    ['a getter of targets', () => criterion.value(feats, throwing('cls') as never)],
    ['a getter of a tensor', () => losses.mse(throwing('data') as never, feats[0])],
    ['a getter of options', () => criterion.valueAndGrad(feats, targets, throwing('out'))],
    ['a getter of a head', () => splitHead(throwing('shape') as never, { imageSize: 32 })],
  ] as [string, () => unknown][])('%s', async (_, call) => {
    await expectCode('UNREADABLE', call, /^\w+: .* reading one threw: from a getter$/);
    await expect(Promise.resolve().then(call)).rejects.toMatchObject({ cause: broken });
  });

  it.each([
    ['feats', () => criterion.value(proxy as never, targets)],
    ['a shape', () => criterion.allocate(proxy as never)],
    ['levels', () => joinHead(proxy as never)],
    [
      'a typed array',
      () => criterion.value(feats, { ...targets, cls: new Proxy(Int32Array.of(1), {}) }),
    ],
  ])('a revoked proxy, or one that hides the engine’s own parts: %s', async (_, call) => {
    await expectCode('UNREADABLE', call);
  });
});

describe('lists are read by their numbers, each once', () => {
  it.each([
    ['strides', () => createDetectionLoss({ ...config, strides: endless([8, 16, 32]) })],
    [
      'shapes',
      () =>
        criterion.value(
          [{ ...feats[0], shape: endless(feats[0].shape) }, feats[1], feats[2]],
          targets,
        ),
    ],
    ['out', () => criterion.valueAndGrad(feats, targets, { out: endless(feats.map(copyOf)) })],
    [
      'weights',
      () =>
        losses.crossEntropy(
          { data: new Float32Array(3), shape: [1, 3] },
          { data: [0], shape: [1] },
          { weight: endless([1, 1, 1]) },
        ),
    ],
    [
      'sigmas',
      () => createPoseLoss({ ...config, keypointShape: [2, 3], sigmas: endless([0.1, 0.1]) }),
    ],
  ])('%s with an iterator that never ends', async (_, call) => {
    await call();
  });

  it.each([
    [
      'a shape of 2³² − 1 axes',
      'TENSOR_SHAPE',
      () => losses.mse({ data: new Float32Array(1), shape: new Array(2 ** 32 - 1) }, feats[0]),
    ],
    [
      'a target’s shape of so many',
      'TENSOR_SHAPE',
      maskedBy({ data: new Uint8Array(4), shape: new Array(2 ** 32 - 1) }),
    ],
    ['2³² − 1 levels', 'LEVEL_COUNT', () => joinHead(new Array(2 ** 32 - 1))],
    ['a list of holes', 'TENSOR_TYPE', () => joinHead(new Array(2))],
    [
      'a typed array as options',
      'INVALID_OPTION',
      () => createDetectionLoss(new Float32Array(4) as never),
    ],
  ] as const)('%s: %s', async (_, code, call) => {
    await expectCode(code, call);
  });

  function maskedBy(masks: object) {
    return async () => {
      using segmentation = await createSegmentationLoss(config);
      const tensor = (...shape: number[]) => ({
        data: new Float32Array(shape.reduce((a, b) => a * b)),
        shape,
      });
      const predictions = {
        feats,
        coefficients: tensor(3, 2, 126),
        prototypes: tensor(3, 2, 8, 8),
      };
      await segmentation.value(predictions, { ...targets, masks: masks as never });
    };
  }

  it('a property that is another one at the second read: as at the first', async () => {
    const tensor = lying(feats[0], 'data', new Float32Array(1));
    expectBits(await criterion.valueAndGrad([tensor, ...feats.slice(1)], targets), expected);
    const out = feats.map(copyOf);
    const liar = lying(out[0], 'data', feats[0].data);
    const { grads } = criterion.valueAndGradSync(feats, targets, { out: [liar, out[1], out[2]] });
    expect(grads[0].data).toBe(out[0].data);
  });

  it('targets that are elsewhere at the second read: out may not share their memory', async () => {
    const out = feats.map(copyOf);
    const cls = out[0].data.subarray(0, 9).fill(0);
    const liar = lying({ ...targets, cls }, 'cls', new Float32Array(9));
    await expectCode('OUT_ALIASES_INPUT', () => criterion.valueAndGrad(feats, liar, { out }));
  });

  it('a subclass that lies about its length: by what it holds', async () => {
    class Liar extends Float32Array {
      override get length(): number {
        return 2 ** 31;
      }
    }
    const cls = new Liar(targets.cls);
    expectBits(await criterion.valueAndGrad(feats, { ...targets, cls }), expected);
  });
});

describe('memory that a later argument’s getter takes away', () => {
  it('of predictions: TENSOR_LENGTH, and the next call has the same bits', async () => {
    for (const method of ['value', 'assign', 'valueAndGrad'] as const) {
      const own = feats.map(copyOf);
      const last = { data: own[2].data, shape: own[2].shape };
      Object.defineProperty(last, 'shape', {
        get() {
          detach(own[0]);
          return feats[2].shape;
        },
      });
      const call = () => criterion[method]([own[0], own[1], last], targets);
      await expectCode('TENSOR_LENGTH', call, /feats\[0\].*has 0/);
    }
    expectBits(criterion.valueAndGradSync(feats, targets), expected);
  });

  it('of levels that are joined: TENSOR_LENGTH', async () => {
    const own = feats.map(copyOf);
    Object.defineProperty(own[1], 'data', {
      get() {
        detach(own[0]);
        return feats[1].data;
      },
    });
    await expectCode('TENSOR_LENGTH', () => joinHead(own), /levels\[0\]/);
  });

  it('of a loss’s input or target: TENSOR_LENGTH', async () => {
    for (const which of ['input', 'target'] as const) {
      const tensors = { input: copyOf(feats[0]), target: copyOf(feats[0]) };
      const out = Object.defineProperty(copyOf(feats[0]), 'shape', {
        get() {
          detach(tensors[which]);
          return feats[0].shape;
        },
      });
      const call = () => losses.mse(tensors.input, tensors.target, { out });
      await expectCode('TENSOR_LENGTH', call, new RegExp(`mse: ${which}.data needs to keep`));
    }
  });
});

describe('absurd sizes', () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    [
      '2³¹ − 1 keypoints',
      'INVALID_OPTION',
      () => createPoseLoss({ ...config, keypointShape: [2 ** 31 - 1, 3] }),
    ],
    [
      '2²⁴ + 1 targets',
      'TARGET_LENGTH',
      () => criterion.value(feats, { ...targets, batchIdx: { length: 2 ** 24 + 1 } }),
    ],
    [
      '2³¹ rows of nothing',
      'TENSOR_SHAPE',
      () => losses.dice({ data: new Float32Array(0), shape: [2 ** 31, 0] }, feats[0]),
    ],
    [
      '1e308 classes of nothing',
      'TENSOR_SHAPE',
      () =>
        losses.crossEntropy(
          { data: new Float32Array(0), shape: [0, 1e308] },
          { data: [], shape: [0] },
        ),
    ],
  ] as const)('%s: %s', async (_, code, call) => {
    await expectCode(code, call);
  });

  it('2³¹ − 1 classes of a classifier take no memory before logits have as many', async () => {
    using classifier = await createClassificationLoss({ numClasses: 2 ** 31 - 1 });
    const logits = { data: new Float32Array(5), shape: [1, 5] };
    await expectCode('TENSOR_SHAPE', () => classifier.value({ logits }, { cls: [0] }));
  });

  it('memory that the machine does not have: HOST_MEMORY, and the next call has the same bits', async () => {
    const Own = Float32Array;
    const refusing = new Proxy(Own, {
      construct(target, given: [number], self) {
        // Of what is as large as predictions
        if (given[0] > 1000) throw new RangeError('Array buffer allocation failed');
        return Reflect.construct(target, given, self);
      },
    });
    const calls = [
      () => criterion.valueAndGradSync(feats, targets),
      () => losses.mse(feats[0], feats[0]),
      () => joinHead(feats),
    ];
    for (const call of calls) {
      vi.stubGlobal('Float32Array', refusing);
      await expectCode(
        'HOST_MEMORY',
        call,
        /needs 1 MiB of memory for \w+.*, there is not as much/,
      );
      vi.unstubAllGlobals();
    }
    expectBits(criterion.valueAndGradSync(feats, targets), expected);
  });
});

describe('what reduceNormalizer gives', () => {
  it('an iterator is no sum: NORMALIZER', async () => {
    const reduceNormalizer = () => ({ next: () => ({ done: true, value: 1 }) }) as never;
    using sharded = await createDetectionLoss({ ...config, reduceNormalizer });
    await expectCode('NORMALIZER', () => sharded.value(feats, targets), /gave an Object/);
  });
});
