import { describe, expect, it } from 'vitest';
import { fromOrt } from '../../src/adapters/ort.ts';
import {
  createDetectionLoss,
  createLosses,
  createPoseLoss,
  joinHead,
  splitHead,
  type Tensor,
} from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';

const shape = [1, 67, 4, 4];
const notOnHost = () => {
  throw new Error('the data is not there');
};

/** Tensors with the members by which frameworks' own differ from this package's. */
const tensors = {
  'tf.Tensor': {
    shape,
    size: 1072,
    dtype: 'float32',
    data: async () => null,
    dataSync: () => null,
  },
  'jax-js Array': {
    shape,
    size: 1072,
    data: async () => null,
    dataSync: () => null,
    gpuBuffer: async () => null,
    get ref() {
      throw new Error('a reference is taken');
    },
  },
  'ort.Tensor': {
    dims: shape,
    type: 'float32',
    size: 1072,
    location: 'cpu',
    data: new Float32Array(1072),
  },
  'ort.Tensor on a GPU': {
    dims: shape,
    type: 'float32',
    size: 1072,
    location: 'gpu-buffer',
    get data() {
      return notOnHost();
    },
    get gpuBuffer() {
      return notOnHost();
    },
  },
};
/** Ends of the messages on predictions, and on targets, which adapters do not convert. */
const adapters: Record<string, RegExp> = {
  'tf.Tensor': /got a tf\.Tensor \(use detloss\/tfjs\)/,
  'jax-js Array': /got a jax-js Array \(use detloss\/jax\)/,
  'ort.Tensor': /got an ort\.Tensor \(use fromOrt\)/,
  'ort.Tensor on a GPU': /got an ort\.Tensor \(use fromOrt\)/,
};
const members: Record<string, RegExp> = {
  'tf.Tensor': /got a tf\.Tensor \(use its dataSync\(\)\)$/,
  'jax-js Array': /got a jax-js Array \(use its dataSync\(\)\)$/,
  'ort.Tensor': /got an ort\.Tensor \(use its data\)$/,
  'ort.Tensor on a GPU': /got an ort\.Tensor \(use its data\)$/,
};

const none = { batchIdx: [], cls: [], bboxes: [] };
const config = { numClasses: 3, strides: [8], backend: 'wasm' } as const;
const criterion = await createDetectionLoss(config);
const pose = await createPoseLoss({ ...config, keypointShape: [2, 2] });
const losses = await createLosses({ backend: 'wasm' });
const logits = { data: new Float32Array(2), shape: [1, 2] };

describe.each(Object.entries(tensors))('%s without its adapter', (name, given) => {
  const tensor = given as unknown as Tensor;
  const message = adapters[name];

  it.each([
    ['a level', 'TENSOR_TYPE', () => criterion.value([tensor], none)],
    ['the list of levels', 'LEVEL_COUNT', () => criterion.value(tensor as never, none)],
    ['all predictions', 'TENSOR_TYPE', () => pose.value(tensor as never, none as never)],
    ['splitHead', 'TENSOR_TYPE', () => splitHead(tensor, { imageSize: 32 })],
    ['joinHead', 'TENSOR_TYPE', () => joinHead([tensor])],
    ['a plain loss', 'TENSOR_TYPE', () => losses.mse(tensor, tensor)],
  ] as const)('%s: %s, and the message names the adapter', async (_, code, call) => {
    await expectCode(code, call, message);
  });

  it.each([
    [
      'classes',
      'TARGET_TYPE',
      () =>
        criterion.value([{ data: new Float32Array(1072), shape }], {
          ...none,
          cls: tensor,
        } as never),
    ],
    [
      'keypoints',
      'TARGET_TYPE',
      () => {
        const feats = [{ data: new Float32Array(1072), shape }];
        const keypoints = { data: new Float32Array(64), shape: [1, 4, 16] };
        return pose.value({ feats, keypoints }, { ...none, keypoints: tensor });
      },
    ],
    [
      'weights of classes',
      'INVALID_OPTION',
      () => createDetectionLoss({ ...config, classWeights: given as never }),
    ],
    [
      'an option of a plain loss',
      'INVALID_OPTION',
      () => losses.bceWithLogits(logits, logits, { posWeight: given as never }),
    ],
  ] as const)('%s: %s, and the message names the member to use', async (_, code, call) => {
    await expectCode(code, call, members[name]);
  });

  it('fromOrt takes tensors of ONNX Runtime alone', async () => {
    if (name.startsWith('ort')) return;
    await expectCode('TENSOR_TYPE', () => fromOrt(given as never), message);
  });
});

it("a tensor of one's own class, with methods of its own, is taken", () => {
  class Own {
    readonly data = new Float32Array(1072);
    readonly shape = shape;
    readonly dims = shape;
  }
  expect(criterion.valueSync([new Own()], none).total).toBeGreaterThan(0);
});
