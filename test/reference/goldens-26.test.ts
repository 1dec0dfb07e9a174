import { describe, it } from 'vitest';
import { headWeights } from '../../src/head-weights.ts';
import { depthLoss } from '../../src/reference/depth.ts';
import { detectionLoss } from '../../src/reference/detection.ts';
import { dualLoss, dualSegmentationLoss } from '../../src/reference/dual.ts';
import { orientedLoss } from '../../src/reference/oriented.ts';
import { poseLoss } from '../../src/reference/pose.ts';
import { segmentationLoss } from '../../src/reference/segmentation.ts';
import { semanticLoss } from '../../src/reference/semantic.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { expectAssignment } from '../lib/expect-golden.ts';
import { cases26, type Golden26, loadGolden26 } from '../lib/golden-26.ts';
import { normal } from '../lib/random.ts';

/** Both sides are float64; they sum terms in different orders. */
const ITEM_BOUND = 1e-9;
/** The goldens' tensors are rounded to float32, which alone is up to 6e-8. */
const TENSOR_BOUND = 6e-8;

const titles = {
  items: `items, total and scores' sum within ${ITEM_BOUND} relative`,
  assignment: `assignment equal, scores within ${TENSOR_BOUND} relative L2`,
  grads: `gradients within ${TENSOR_BOUND} relative L2`,
};

interface Loss {
  total: number;
  items: object;
  assignment: { scoresSum: number };
}

function expectItems(expected: Golden26['expected'], { total, items }: Omit<Loss, 'assignment'>) {
  expectClose('total', total, expected.total, ITEM_BOUND);
  for (const [name, value] of Object.entries(items)) {
    expectClose(name, value, expected[name], ITEM_BOUND);
  }
}

function expectLoss(expected: Golden26['expected'], loss: Loss) {
  expectItems(expected, loss);
  expectClose('scoresSum', loss.assignment.scoresSum, expected.targetScoresSum, ITEM_BOUND);
}

function expectGrads(golden: Golden26, prefix: string, grads: readonly ArrayLike<number>[]): void {
  golden.levels(prefix).forEach(({ data }, l) => {
    expectCloseL2(`${prefix}.${l}`, grads[l], data, TENSOR_BOUND);
  });
}

function expectGrad(golden: Golden26, name: string, grad: ArrayLike<number>): void {
  expectCloseL2(name, grad, golden.tensor(name).data, TENSOR_BOUND);
}

/** Options with the assigner of one head. */
function optionsOf({ options, config: { topk, topk2 } }: Golden26) {
  return { ...options, assigner: { ...options.assigner, topk, topk2 } };
}

describe.each(cases26.detection)('detectionLoss: %s', async (name) => {
  const golden = await loadGolden26(name);
  const loss = detectionLoss(golden.levels('feats'), golden.targets(), optionsOf(golden));

  it(titles.items, () => expectLoss(golden.expected, loss));
  it(titles.assignment, () => expectAssignment(loss.assignment, golden.assigned(), TENSOR_BOUND));
  it(titles.grads, () => expectGrads(golden, 'grads', loss.grads));
});

describe.each(cases26.oriented)('orientedLoss: %s', async (name) => {
  const golden = await loadGolden26(name);
  const predictions = { feats: golden.levels('feats'), angles: golden.tensor('angles') };
  const loss = orientedLoss(predictions, golden.targets(), optionsOf(golden));

  it(titles.items, () => expectLoss(golden.expected, loss));
  it(titles.assignment, () => expectAssignment(loss.assignment, golden.assigned(), TENSOR_BOUND));
  it(titles.grads, () => {
    expectGrads(golden, 'grads', loss.grads.feats);
    expectGrad(golden, 'grads.angles', loss.grads.angles);
  });
});

describe.each(cases26.segmentation)('segmentationLoss: %s', async (name) => {
  const golden = await loadGolden26(name);
  const predictions = {
    feats: golden.levels('feats'),
    coefficients: golden.tensor('coefficients'),
    prototypes: golden.tensor('prototypes'),
    semantic: golden.tensor('semantic'),
  };
  const options = { ...optionsOf(golden), overlap: golden.config.overlap };
  const loss = segmentationLoss(predictions, maskTargets(golden), options);

  it(titles.items, () => expectLoss(golden.expected, loss));
  it(titles.assignment, () => expectAssignment(loss.assignment, golden.assigned(), TENSOR_BOUND));
  it(titles.grads, () => {
    expectGrads(golden, 'grads', loss.grads.feats);
    expectGrad(golden, 'grads.coefficients', loss.grads.coefficients);
    expectGrad(golden, 'grads.prototypes', loss.grads.prototypes);
    expectGrad(golden, 'grads.semantic', loss.grads.semantic ?? []);
  });
});

function maskTargets(golden: Golden26) {
  return {
    ...golden.targets(),
    masks: golden.tensor('targets.masks'),
    semantic: golden.tensor('targets.semantic'),
  };
}

/** Options with the assigners and weights of both heads, which are the defaults. */
function dualOptionsOf({ options, config: { epoch, epochs } }: Golden26) {
  return { ...options, headWeights: headWeights(epoch, epochs) };
}

function expectHeads(
  golden: Golden26,
  loss: Record<
    'oneToMany' | 'oneToOne',
    Loss & { assignment: Parameters<typeof expectAssignment>[0] }
  >,
) {
  for (const head of ['oneToMany', 'oneToOne'] as const) {
    expectLoss(golden.expected[head] as Golden26['expected'], loss[head]);
    expectAssignment(loss[head].assignment, golden.assigned(`${head}.`), TENSOR_BOUND);
  }
}

describe.each(cases26.dual)('dualLoss: %s', async (name) => {
  const golden = await loadGolden26(name);
  const predictions = {
    oneToMany: golden.levels('oneToMany'),
    oneToOne: golden.levels('oneToOne'),
  };
  const loss = dualLoss(predictions, golden.targets(), dualOptionsOf(golden));

  it(titles.items, () => expectItems(golden.expected, loss));
  it(`each head: ${titles.assignment}`, () => expectHeads(golden, loss));
  it(titles.grads, () => {
    expectGrads(golden, 'grads.oneToMany', loss.grads.oneToMany);
    expectGrads(golden, 'grads.oneToOne', loss.grads.oneToOne);
  });
});

describe.each(cases26.dualSegmentation)('dualSegmentationLoss: %s', async (name) => {
  const golden = await loadGolden26(name);
  const head = (prefix: string) => ({
    feats: golden.levels(prefix),
    coefficients: golden.tensor(`${prefix}.coefficients`),
  });
  const predictions = {
    oneToMany: head('oneToMany'),
    oneToOne: head('oneToOne'),
    prototypes: golden.tensor('prototypes'),
    semantic: golden.tensor('semantic'),
  };
  const options = { ...dualOptionsOf(golden), overlap: golden.config.overlap };
  const loss = dualSegmentationLoss(predictions, maskTargets(golden), options);

  it(titles.items, () => expectItems(golden.expected, loss));
  it(`each head: ${titles.assignment}`, () => expectHeads(golden, loss));
  it(titles.grads, () => {
    for (const prefix of ['oneToMany', 'oneToOne'] as const) {
      expectGrads(golden, `grads.${prefix}`, loss.grads[prefix].feats);
      expectGrad(golden, `grads.${prefix}.coefficients`, loss.grads[prefix].coefficients);
    }
    expectGrad(golden, 'grads.prototypes', loss.grads.prototypes);
    expectGrad(golden, 'grads.semantic', loss.grads.semantic);
  });
});

describe.each(cases26.pose)('poseLoss: %s', async (name) => {
  const golden = await loadGolden26(name);
  const flow = golden.flow.map(({ shape, ...stream }) => ({
    data: normal(
      stream,
      shape.reduce((product, n) => product * n, 1),
    ),
    shape,
  }));
  const predictions = {
    feats: golden.levels('feats'),
    keypoints: golden.tensor('keypoints'),
    sigmas: golden.tensor('sigmas'),
    flow,
  };
  const targets = { ...golden.targets(), keypoints: golden.tensor('targets.keypoints') };
  // Without sigmas: the defaults are those of the reference implementation
  const loss = poseLoss(predictions, targets, { ...optionsOf(golden), head: '26' });

  it(titles.items, () => expectLoss(golden.expected, loss));
  it(titles.assignment, () => expectAssignment(loss.assignment, golden.assigned(), TENSOR_BOUND));
  it(titles.grads, () => {
    expectGrads(golden, 'grads', loss.grads.feats);
    expectGrad(golden, 'grads.keypoints', loss.grads.keypoints);
    expectGrad(golden, 'grads.sigmas', loss.grads.sigmas ?? []);
    const flat = loss.grads.flow?.flatMap((grad) => [...grad]) ?? [];
    const samples = Array.from(golden.tensor('grads.flow.index').data, (i) => flat[i]);
    expectGrad(golden, 'grads.flow.value', samples);
  });
});

describe.each(cases26.semantic)('semanticLoss: %s', async (name) => {
  const golden = await loadGolden26(name);
  const { options, config } = golden;
  const auxiliary = golden.has('auxiliary') ? golden.tensor('auxiliary') : undefined;
  const loss = semanticLoss(
    { logits: golden.tensor('logits'), auxiliary },
    { labels: golden.tensor('targets.semantic') },
    {
      numClasses: config.numClasses,
      ignoreIndex: config.ignore,
      auxiliaryGain: config.auxiliaryGain,
      classWeights: options.classWeights,
    },
  );

  it(titles.items, () => expectItems(golden.expected, loss));
  it(titles.grads, () => {
    expectGrad(golden, 'grads.logits', loss.grads.logits);
    if (auxiliary) expectGrad(golden, 'grads.auxiliary', loss.grads.auxiliary ?? []);
  });
});

describe.each(cases26.depth)('depthLoss: %s', async (name) => {
  const golden = await loadGolden26(name);
  const { gains, lambda } = golden.config;
  const loss = depthLoss(
    { depth: golden.tensor('depth') },
    { depth: golden.tensor('targets.depth') },
    { gains, lambda },
  );

  it(titles.items, () => expectItems(golden.expected, loss));
  it(titles.grads, () => expectGrad(golden, 'grads.depth', loss.grads.depth));
});
