import * as detloss from '../../../src/index.ts';
import { classificationLoss } from '../../../src/reference/classification.ts';
import { depthLoss } from '../../../src/reference/depth.ts';
import { lossOf } from '../../../src/reference/detection.ts';
import { orientedLossOf } from '../../../src/reference/oriented.ts';
import { poseLossOf } from '../../../src/reference/pose.ts';
import { segmentationLossOf } from '../../../src/reference/segmentation.ts';
import { semanticLoss } from '../../../src/reference/semantic.ts';
import { flowOf } from '../../lib/cases-26.ts';
import { normal } from '../../lib/random.ts';
import { type AnyLoss, type Expected, given } from '../../lib/tasks/task.ts';

/** A task, the smallest problem in which all of it happens, and its loss by definition. */
export interface Problem {
  /** Name of the factory, and of the task if it has several. */
  name: string;
  create(config: object): Promise<AnyLoss>;
  config: object;
  predictions(): object;
  targets(): object;
  /** Options of a call, without `out`. */
  options?(): object;
  expected(...args: Args): Expected;
}

type Args = [predictions: never, targets: never, assigned: object | undefined, options?: object];

const BATCH = 2;
const CLASSES = 3;
const BINS = 2;
/** At strides 8 and 16 of a 32×24 image. */
const GRIDS = [
  [3, 4],
  [2, 2],
];
const ANCHORS = 16;

const tensor = (seed: number, ...shape: number[]) => {
  const count = shape.reduce((product, n) => product * n, 1);
  return { data: normal({ seed, mean: 0, std: 1 }, count), shape };
};
const levels = (seed: number) =>
  GRIDS.map((grid, l) => tensor(seed + l, BATCH, 4 * BINS + CLASSES, ...grid));

/** Typed and plain arrays both. */
const targets = () => ({
  batchIdx: [1, 0, 1],
  cls: Float32Array.of(2, 0, 1),
  bboxes: Float64Array.of(0.5, 0.5, 0.8, 0.9, 0.4, 0.4, 0.7, 0.6, 0.6, 0.5, 0.5, 0.8),
  weights: [1, 0.5, 2],
  ignore: Uint8Array.of(0, 0, 1),
});

const config = {
  numClasses: CLASSES,
  regMax: BINS,
  strides: [8, 16],
  classWeights: [1, 0.5, 2],
  backend: 'wasm',
};
const detection: Problem = {
  name: 'createDetectionLoss',
  create: detloss.createDetectionLoss as never,
  config,
  predictions: () => levels(1),
  targets,
  expected: (...[feats, own, assigned]: Args) => {
    const { total, items, grads } = lossOf(feats, own, ...given(assigned), config as never);
    return { total, items: { ...items }, grads };
  },
};

const segmentation: Problem = {
  name: 'createSegmentationLoss',
  create: detloss.createSegmentationLoss as never,
  config,
  predictions: () => ({
    feats: levels(1),
    coefficients: tensor(3, BATCH, 2, ANCHORS),
    prototypes: tensor(4, BATCH, 2, 3, 4),
    semantic: tensor(6, BATCH, config.numClasses, 2, 3),
  }),
  targets: () => ({
    ...targets(),
    masks: {
      data: Uint8Array.from({ length: 96 }, (_, i) => (i < 48 ? i % 2 : i % 3)),
      shape: [2, 6, 8],
    },
    semantic: {
      data: Uint8Array.from({ length: 96 }, (_, i) => i % config.numClasses),
      shape: [2, 6, 8],
    },
  }),
  expected: (...[predictions, own, assigned]: Args) => {
    const options = { ...config, overlap: true };
    const loss = segmentationLossOf(predictions, own, ...given(assigned), options as never);
    const { feats, coefficients, prototypes, semantic } = loss.grads;
    const grads = [...feats, coefficients, prototypes, ...(semantic ? [semantic] : [])];
    return { ...loss, items: { ...loss.items }, grads };
  },
};

const pose: Problem = {
  name: 'createPoseLoss',
  create: detloss.createPoseLoss as never,
  config: { ...config, keypointShape: [2, 3] },
  predictions: () => ({ feats: levels(1), keypoints: tensor(5, BATCH, 6, ANCHORS) }),
  targets: () => ({
    ...targets(),
    keypoints: {
      data: Float32Array.from({ length: 18 }, (_, i) => (i % 3 === 2 ? i % 2 : i / 18)),
      shape: [3, 2, 3],
    },
  }),
  expected: (...[predictions, own, assigned]: Args) => {
    const options = { ...config, keypointShape: [2, 3], gains: { pose: 12, kobj: 1 } };
    const loss = poseLossOf(predictions, own, ...given(assigned), options as never);
    const { feats, keypoints } = loss.grads;
    return { ...loss, items: { ...loss.items }, grads: [...feats, keypoints] };
  },
};

/** Head of YOLO26, whose keypoints have a likelihood. */
const pose26: Problem = {
  ...pose,
  name: "createPoseLoss, head '26'",
  config: { ...config, keypointShape: [2, 3], head: '26' },
  predictions: () => ({
    ...pose.predictions(),
    sigmas: tensor(11, BATCH, 4, ANCHORS),
    flow: flowOf(1, 12).map(({ data, shape }) => ({ data: Float32Array.from(data), shape })),
  }),
  expected: (...[predictions, own, assigned]: Args) => {
    const options = { ...config, keypointShape: [2, 3], head: '26' };
    const loss = poseLossOf(predictions, own, ...given(assigned), options as never);
    const { feats, keypoints, sigmas, flow = [] } = loss.grads;
    const grads = [...feats, keypoints, ...(sigmas ? [sigmas] : []), ...flow];
    return { ...loss, items: { ...loss.items }, grads };
  },
};

const oriented: Problem = {
  name: 'createOrientedLoss',
  create: detloss.createOrientedLoss as never,
  config,
  predictions: () => ({ feats: levels(1), angles: tensor(6, BATCH, 1, ANCHORS) }),
  targets: () => ({
    ...targets(),
    bboxes: Array.from({ length: 15 }, (_, i) => [0.5, 0.45, 0.8, 0.7, 0.3][i % 5]),
  }),
  expected: (...[predictions, own, assigned]: Args) => {
    const loss = orientedLossOf(predictions, own, ...given(assigned), config as never);
    const { feats, angles } = loss.grads;
    return { ...loss, items: { ...loss.items }, grads: [...feats, angles] };
  },
};

const dual: Problem = {
  name: 'createDualLoss',
  create: detloss.createDualLoss as never,
  config,
  predictions: () => ({ oneToMany: levels(1), oneToOne: levels(7) }),
  targets,
  options: () => ({ headWeights: [0.5, 0.75] }),
  expected: (...[predictions, own, assigned, options]: Args) => {
    const [many, one] = HEADS.map((head) =>
      lossOf(predictions[head], own, ...given((assigned as never)[head]), config as never),
    );
    const [ofMany, ofOne] = weightsOf(options);
    return {
      ...headsLoss(many, one, options),
      grads: [...times(ofMany, many.grads), ...times(ofOne, one.grads)],
    };
  },
};

const HEADS = ['oneToMany', 'oneToOne'] as const;

const weightsOf = (options: object | undefined): readonly number[] =>
  (options as { headWeights?: number[] } | undefined)?.headWeights ?? detloss.headWeights(0, 1);
const times = (factor: number, grads: Float64Array[]) =>
  grads.map((grad) => grad.map((x) => factor * x));

/** Total and items of two heads. */
function headsLoss(
  many: { total: number; items: object },
  one: { total: number; items: object },
  options: object | undefined,
) {
  const [ofMany, ofOne] = weightsOf(options);
  return {
    total: ofMany * many.total + ofOne * one.total,
    items: { ...one.items } as Record<string, number>,
    heads: {
      oneToMany: { total: many.total, items: { ...many.items } as Record<string, number> },
      oneToOne: { total: one.total, items: { ...one.items } as Record<string, number> },
    },
  };
}

/** Heads that share prototypes and semantic logits, which the one-to-one head sees as constants. */
const dualSegmentation: Problem = {
  ...dual,
  name: "createDualLoss, task 'segmentation'",
  config: { ...config, task: 'segmentation' },
  predictions: () => {
    const { feats, coefficients, ...shared } = segmentation.predictions() as {
      feats: object;
      coefficients: object;
    };
    const oneToOne = { feats: levels(7), coefficients: tensor(13, BATCH, 2, ANCHORS) };
    return { oneToMany: { feats, coefficients }, oneToOne, ...shared };
  },
  targets: segmentation.targets,
  expected: (...[predictions, own, assigned, options]: Args) => {
    const { prototypes, semantic } = predictions;
    const [many, one] = HEADS.map((head) =>
      segmentationLossOf(
        { ...(predictions[head] as object), prototypes, semantic } as never,
        own,
        ...given((assigned as never)[head]),
        { ...config, overlap: true } as never,
      ),
    );
    const [ofMany, ofOne] = weightsOf(options);
    const ownOf = ({ grads }: typeof many) => [...grads.feats, grads.coefficients];
    const shared = [many.grads.prototypes, ...(many.grads.semantic ? [many.grads.semantic] : [])];
    return {
      ...headsLoss(many, one, options),
      grads: [...times(ofMany, ownOf(many)), ...times(ofOne, ownOf(one)), ...times(ofMany, shared)],
    };
  },
};

const classification: Problem = {
  name: 'createClassificationLoss',
  create: detloss.createClassificationLoss as never,
  config: { numClasses: 5 },
  predictions: () => ({ logits: tensor(8, 4, 5) }),
  targets: () => ({ cls: Int32Array.of(4, 0, 3, 1) }),
  expected: (...[predictions, own]: Args) => {
    const { total, items, grads } = classificationLoss(predictions, own, {
      numClasses: 5,
    } as never);
    return { total, items: { ...items }, grads: [grads.logits] };
  },
};

const semantic: Problem = {
  name: 'createSemanticLoss',
  create: detloss.createSemanticLoss as never,
  config: { numClasses: CLASSES, backend: 'wasm' },
  predictions: () => ({
    logits: tensor(9, BATCH, CLASSES, 3, 4),
    auxiliary: tensor(10, BATCH, CLASSES, 2, 2),
  }),
  targets: () => ({
    labels: {
      data: Int16Array.from({ length: 48 }, (_, i) => (i % 4 === 3 ? 255 : i % 3)),
      shape: [BATCH, 4, 6],
    },
  }),
  expected: (...[predictions, own]: Args) => {
    const { total, items, grads } = semanticLoss(predictions, own, { numClasses: CLASSES });
    const { logits, auxiliary } = grads;
    return { total, items: { ...items }, grads: auxiliary ? [logits, auxiliary] : [logits] };
  },
};

const depth: Problem = {
  name: 'createDepthLoss',
  create: detloss.createDepthLoss as never,
  config: {},
  predictions: () => ({
    depth: {
      data: Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => 1 + (i % 5)),
      shape: [BATCH, 1, 3, 4],
    },
  }),
  targets: () => ({
    depth: { data: Float32Array.from({ length: 40 }, (_, i) => i % 7), shape: [BATCH, 4, 5] },
  }),
  expected: (...[predictions, own]: Args) => {
    const { total, items, grads } = depthLoss(predictions, own, {});
    return { total, items: { ...items }, grads: [grads.depth] };
  },
};

export const problems = [
  detection,
  segmentation,
  pose,
  pose26,
  oriented,
  dual,
  dualSegmentation,
  classification,
  semantic,
  depth,
];
