import { describe, expect, it } from 'vitest';
import {
  createDetectionLoss,
  createPoseLoss,
  type PoseLossConfig,
  type PosePredictions,
  type PoseTargets,
} from '../../src/index.ts';
import { expectClose } from '../lib/compare.ts';
import { expectCode } from '../lib/expect-code.ts';
import { pose, pose26 } from '../lib/tasks/pose.ts';

const { options, ...given } = pose.ordinary;
const predictions = given.predictions as PosePredictions;
const targets = given.targets as PoseTargets;
const { keypoints } = targets;
const create = (more: Partial<PoseLossConfig> = {}) =>
  createPoseLoss({ ...options, ...more } as PoseLossConfig);
const criterion = await create();
const expected = criterion.valueAndGradSync(predictions, targets);

const withKeypoints = (tensor: unknown) => ({ ...targets, keypoints: tensor }) as PoseTargets;
/** Keypoint 1 of target 0 is [1/7, 1/5, 1]. */
const withNumbers = (...numbers: unknown[]) => {
  const data: unknown[] = Array.from(keypoints.data);
  data.splice(3, numbers.length, ...numbers);
  return withKeypoints({ ...keypoints, data });
};

describe('createPoseLoss', () => {
  it("has detection's items, assignment and gradients", async () => {
    const { keypointShape: _, ...config } = options as PoseLossConfig;
    using detection = await createDetectionLoss(config as { numClasses: number });
    const { keypoints: _keypoints, ...boxes } = targets;
    const plain = detection.valueAndGradSync(predictions.feats, boxes);
    const { pose, kobj, rle, ...items } = expected.items;
    expect(rle).toBe(0);
    expect(items).toEqual(plain.items);
    expect(expected.assignment).toEqual(plain.assignment);
    expect(expected.grads.feats).toEqual(plain.grads);
    expect(Math.min(pose, kobj)).toBeGreaterThan(0);
  });

  it('parts of a head of YOLO26 are unknown to that of YOLOv8', async () => {
    for (const part of ['sigmas', 'flow']) {
      const more = { ...predictions, [part]: [] };
      const message = new RegExp(`unknown part ${part}; known are feats, keypoints$`);
      await expectCode('TENSOR_TYPE', () => criterion.value(more, targets), message);
    }
  });

  it('no targets: no keypoint loss, and its gradient is 0', () => {
    const { items, grads } = criterion.valueAndGradSync(
      predictions,
      pose.ordinary.none as PoseTargets,
    );
    expect(items).toMatchObject({ box: 0, pose: 0, kobj: 0, dfl: 0 });
    expect(grads.keypoints.data.every((slope) => slope === 0)).toBe(true);
  });

  it('gains are options, 12 and 1 by default', async () => {
    using other = await create({ gains: { pose: 24, kobj: 3 } });
    const { items } = other.valueSync(predictions, targets);
    expectClose('pose', items.pose, 2 * expected.items.pose, 1e-15);
    expectClose('kobj', items.kobj, 3 * expected.items.kobj, 1e-15);
  });

  it('sigmas are 1/K by default, in any array-like', async () => {
    using given = await create({ sigmas: Float64Array.of(0.25, 0.25, 0.25, 0.25) });
    expect(given.valueAndGradSync(predictions, targets)).toEqual(expected);
  });

  it('what stands at keypoints that are not visible changes nothing', () => {
    const data = Array.from(keypoints.data).map((value, i, all) => {
      const isVisible = all[i - (i % 3) + 2] !== 0;
      return isVisible || i % 3 === 2 ? value : Number.NaN;
    });
    expect(data.some(Number.isNaN)).toBe(true);
    expect(criterion.valueAndGradSync(predictions, withKeypoints({ ...keypoints, data }))).toEqual(
      expected,
    );
  });

  it.each([
    [{ keypointShape: [4] }, /keypointShape needs an array of 2 integers/],
    [
      { keypointShape: [4, 4] },
      /keypointShape needs \[K, D\] with K at most 65536 and D = 2, or 3/,
    ],
    [{ keypointShape: [0, 3] }, /2 integers from 1 /],
    [{ sigmas: [0.1] }, /sigmas needs 4 finite numbers above 0/],
    [{ sigmas: [0.1, 0.1, 0, 0.1] }, /sigmas/],
    [{ sigmas: [0.1, 0.1, Infinity, 0.1] }, /sigmas/],
    [{ gains: { pose: -1 } }, /gains\.pose/],
  ])('%j: ConfigError INVALID_OPTION', async (more, message) => {
    await expectCode('INVALID_OPTION', () => create(more as Partial<PoseLossConfig>), message);
  });

  it.each([
    ['none', 'TARGET_TYPE', withKeypoints(undefined), /targets\.keypoints needs \{ data, shape \}/],
    [
      'K and D swapped',
      'TENSOR_SHAPE',
      withKeypoints({ ...keypoints, shape: [9, 3, 4] }),
      /\[9, 4, 3\]/,
    ],
    [
      'a target less',
      'TENSOR_SHAPE',
      withKeypoints({ ...keypoints, shape: [8, 4, 3] }),
      /\[9, 4, 3\]/,
    ],
    ['one short', 'TENSOR_LENGTH', withKeypoints({ ...keypoints, data: [0] }), /108 .* got 1/],
    ['pixels', 'TARGET_KEYPOINT', withNumbers(48, 20, 2), /keypoint 1 of target 0: pixels\?$/],
    ['NaN', 'TARGET_KEYPOINT', withNumbers(Number.NaN, 0, 2), /\[NaN, 0, 2\] .* target 0$/],
    ['∞', 'TARGET_KEYPOINT', withNumbers(0, -Infinity, 1), /-Infinity.* target 0$/],
    [
      'visibility NaN',
      'TARGET_KEYPOINT',
      withNumbers(0, 0, Number.NaN),
      /needs a visibility that is a number, got \[0, 0, NaN\] for keypoint 1 of target 0$/,
    ],
    ["'0'", 'TARGET_TYPE', withNumbers('0', 0, 0), /keypoints\.data\[3\] needs a number, got '0'/],
  ] as const)('keypoints, %s: %s, nothing written', async (_, code, broken, message) => {
    const { grads } = criterion.valueAndGradSync(predictions, targets);
    const call = () => criterion.valueAndGrad(predictions, broken, { out: grads });
    await expectCode(code, call, message);
    expect(grads).toEqual(expected.grads);
  });

  it('predicted keypoints of another K·D: TENSOR_SHAPE', async () => {
    const broken = { ...predictions, keypoints: { ...predictions.keypoints, shape: [3, 126, 12] } };
    await expectCode('TENSOR_SHAPE', () => criterion.value(broken, targets), /\[3, 12, 126\]/);
  });

  it('D = 2, targets [N, K, 3]: only visible keypoints count, wherever the others are', async () => {
    using flat = await create({ keypointShape: [6, 2] });
    const points = (visibility: number[], elsewhere: number) => ({
      data: Float32Array.from({ length: 9 * 18 }, (_, i) => {
        const visible = visibility[Math.floor(i / 3) % 6];
        if (i % 3 === 2) return visible;
        return visible ? 0.5 : elsewhere;
      }),
      shape: [9, 6, 3],
    });
    const some = flat.valueAndGradSync(predictions, withKeypoints(points([1, 0, 2, 1, 0, 0], 0)));
    const far = flat.valueAndGradSync(predictions, withKeypoints(points([1, 0, 1, 2, 0, 0], -1)));
    expect(far).toEqual(some);
    expect(some.items.pose).toBeGreaterThan(0);
    expect(some.items.kobj).toBe(0);
    const [, channels, anchors] = some.grads.keypoints.shape;
    const { data } = some.grads.keypoints;
    const hasGradient = Array.from({ length: channels }, (_, c) =>
      data.some((slope, i) => slope !== 0 && Math.floor(i / anchors) % channels === c),
    );
    const [yes, no] = [true, false];
    expect(hasGradient).toEqual([yes, yes, no, no, yes, yes, yes, yes, no, no, no, no]);
    const all = { data: new Float32Array(9 * 12).fill(0.5), shape: [9, 6, 2] };
    const marked = flat.valueAndGradSync(predictions, withKeypoints(points([1, 1, 1, 1, 1, 1], 0)));
    expect(marked).toEqual(flat.valueAndGradSync(predictions, withKeypoints(all)));
    const none = flat.valueSync(predictions, withKeypoints(points([0, 0, 0, 0, 0, 0], -1)));
    expect(none.items.pose).toBe(0);
  });

  it('D = 2, targets [N, K, 2]: all are visible, and kobj is 0', async () => {
    using flat = await create({ keypointShape: [6, 2] });
    const truth = { data: new Float32Array(9 * 12).fill(0.5), shape: [9, 6, 2] };
    const { items } = flat.valueSync(predictions, withKeypoints(truth));
    expect(items.kobj).toBe(0);
    expect(items.pose).toBeGreaterThan(0);
  });
});

describe("createPoseLoss, head '26'", () => {
  const { options: own, ...inputs } = pose26.ordinary;
  const given26 = inputs.predictions as Required<PosePredictions>;
  const make = (more: Partial<PoseLossConfig> = {}) =>
    createPoseLoss({ ...own, ...more } as PoseLossConfig);

  it('without deviations or flow there is no likelihood, and gradients are 0', async () => {
    using head26 = await make();
    const full = head26.valueAndGradSync(given26, targets);
    expect(full.items.rle).toBeGreaterThan(0);
    const { sigmas, flow, ...rest } = given26;
    for (const some of [rest, { ...rest, sigmas }, { ...rest, flow }]) {
      const { items, grads } = head26.valueAndGradSync(some, targets);
      expect(items).toEqual({ ...full.items, rle: 0 });
      expect(Object.keys(grads).sort()).toEqual(Object.keys(some).sort());
      const added = [...(grads.sigmas ? [grads.sigmas] : []), ...(grads.flow ?? [])];
      expect(added.every(({ data }) => data.every((slope) => slope === 0))).toBe(true);
    }
  });

  it('keypoints that are not finite do not count', async () => {
    using head26 = await make();
    const none = given26.keypoints.data.slice().fill(Number.NaN);
    const lost = { ...given26, keypoints: { ...given26.keypoints, data: none } };
    const { items, grads } = head26.valueAndGradSync(lost, targets);
    expect([items.rle, items.pose]).toEqual([0, Number.NaN]);
    expect(grads.sigmas?.data.every((slope) => slope === 0)).toBe(true);
  });

  it('the gain rle is 1 by default', async () => {
    using head26 = await make();
    using doubled = await make({ gains: { rle: 2 } });
    const { rle } = head26.valueSync(given26, targets).items;
    expectClose('rle', doubled.valueSync(given26, targets).items.rle, 2 * rle, 1e-15);
  });

  it.each([
    [
      'a flow of 71',
      'LEVEL_COUNT',
      { flow: given26.flow.slice(1) },
      /flow needs 72 tensors, got 71/,
    ],
    ['no list', 'LEVEL_COUNT', { flow: {} }, /flow needs 72 tensors, got an Object/],
    [
      'another number of hidden numbers',
      'TENSOR_SHAPE',
      {
        flow: given26.flow.map((t, i) => (i === 7 ? { data: new Float32Array(4), shape: [4] } : t)),
      },
      /flow\[7\] needs the shape \[H\] = \[5\]/,
    ],
    [
      'deviations of K channels',
      'TENSOR_SHAPE',
      { sigmas: { data: new Float32Array(3 * 4 * 126), shape: [3, 4, 126] } },
      /sigmas needs the shape \[B, 2K, A\]/,
    ],
  ] as const)('%s: %s', async (_, code, broken, message) => {
    using head26 = await make();
    await expectCode(
      code,
      () => head26.value({ ...given26, ...broken } as never, targets),
      message,
    );
  });

  it('a head of another kind: INVALID_OPTION', async () => {
    await expectCode(
      'INVALID_OPTION',
      () => make({ head: '11' as never }),
      /head needs one of 'v8', '26'/,
    );
  });
});
