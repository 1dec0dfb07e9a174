import { describe, expect, it } from 'vitest';
import { dualLoss } from '../../src/reference/dual.ts';
import { orientedLoss } from '../../src/reference/oriented.ts';
import { poseLoss } from '../../src/reference/pose.ts';
import { segmentationLoss } from '../../src/reference/segmentation.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { expectAssignment } from '../lib/expect-golden.ts';
import {
  loadTaskGolden,
  poseCases,
  segmentationCases,
  type TaskGolden,
} from '../lib/task-golden.ts';

/** Both sides are float64; they sum terms in different orders. Reached: 6e-15. */
const ITEM_BOUND = 1e-13;
/** The goldens' tensors are rounded to float32, which alone is up to 6e-8. Reached: 2.8e-8. */
const TENSOR_BOUND = 6e-8;

type Numbers = ArrayLike<number>;

function expectItems(
  { expected }: TaskGolden,
  { total, items }: { total: number; items: object },
): void {
  expectClose('total', total, expected.total, ITEM_BOUND);
  for (const [name, value] of Object.entries(items)) {
    // 8.3 has no angle, rle and sem
    expectClose(name, value, expected[name] ?? 0, ITEM_BOUND);
  }
}

function expectGrads(golden: TaskGolden, prefix: string, grads: readonly Numbers[]): void {
  golden.levels(prefix).forEach(({ data }, l) => {
    expectCloseL2(`${prefix}.${l}`, grads[l], data, TENSOR_BOUND);
  });
}

function expectGrad(golden: TaskGolden, name: string, grad: Numbers): void {
  expectCloseL2(name, grad, golden.tensor(name).data, TENSOR_BOUND);
}

const titles = {
  items: `items and total within ${ITEM_BOUND} relative`,
  assignment: `assignment equal, scores within ${TENSOR_BOUND} relative L2`,
  grads: `gradients within ${TENSOR_BOUND} relative L2`,
};

describe.each(segmentationCases)('segmentationLoss: %s', async (name) => {
  const golden = await loadTaskGolden(name);
  const predictions = {
    feats: golden.levels('feats'),
    coefficients: golden.tensor('coefficients'),
    prototypes: golden.tensor('prototypes'),
  };
  const targets = { ...golden.targets, masks: golden.tensor('targets.masks') };
  const options = { ...golden.options, overlap: golden.config.overlap };
  const loss = segmentationLoss(predictions, targets, options);

  it(titles.items, () => expectItems(golden, loss));
  it(titles.assignment, () => expectAssignment(loss.assignment, golden.assigned, TENSOR_BOUND));
  it(titles.grads, () => {
    expectGrads(golden, 'grads', loss.grads.feats);
    expectGrad(golden, 'grads.coefficients', loss.grads.coefficients);
    expectGrad(golden, 'grads.prototypes', loss.grads.prototypes);
  });
});

describe.each(poseCases)('poseLoss: %s', async (name) => {
  const golden = await loadTaskGolden(name);
  const predictions = { feats: golden.levels('feats'), keypoints: golden.tensor('keypoints') };
  const targets = { ...golden.targets, keypoints: golden.tensor('targets.keypoints') };
  // Without sigmas: the defaults are those of the reference implementation
  const loss = poseLoss(predictions, targets, golden.options);

  it(titles.items, () => expectItems(golden, loss));
  it(titles.assignment, () => expectAssignment(loss.assignment, golden.assigned, TENSOR_BOUND));
  it(titles.grads, () => {
    expectGrads(golden, 'grads', loss.grads.feats);
    expectGrad(golden, 'grads.keypoints', loss.grads.keypoints);
  });
});

describe('orientedLoss: obb', async () => {
  const golden = await loadTaskGolden('obb');
  const predictions = { feats: golden.levels('feats'), angles: golden.tensor('angles') };
  const loss = orientedLoss(predictions, golden.targets, golden.options);

  it(titles.items, () => expectItems(golden, loss));
  it(titles.assignment, () => expectAssignment(loss.assignment, golden.assigned, TENSOR_BOUND));
  it('the dropped target is unassigned', () => {
    expect(loss.assignment.unassigned.length).toBeGreaterThan(0);
  });
  it(titles.grads, () => {
    expectGrads(golden, 'grads', loss.grads.feats);
    expectGrad(golden, 'grads.angles', loss.grads.angles);
  });
});

describe('dualLoss: dual', async () => {
  const golden = await loadTaskGolden('dual');
  const predictions = {
    oneToMany: golden.levels('oneToMany'),
    oneToOne: golden.levels('oneToOne'),
  };
  const { alpha, beta, topk } = golden.config;
  const options = { ...golden.options, assigner: { alpha, beta, topk } };
  const loss = dualLoss(predictions, golden.targets, options);

  it(titles.items, () => expectItems(golden, loss));
  it(titles.grads, () => {
    expectGrads(golden, 'grads.oneToMany', loss.oneToMany.grads);
    expectGrads(golden, 'grads.oneToOne', loss.oneToOne.grads);
  });
});
