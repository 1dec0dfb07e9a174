import { describe, expect, it } from 'vitest';
import {
  createOrientedLoss,
  type OrientedLossConfig,
  type OrientedPredictions,
  type OrientedTargets,
} from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';
import { oriented } from '../lib/tasks/oriented.ts';

const { options, ...given } = oriented.ordinary;
const predictions = given.predictions as OrientedPredictions;
const targets = given.targets as OrientedTargets;
const criterion = await createOrientedLoss(options as OrientedLossConfig);
const expected = criterion.valueAndGradSync(predictions, targets);

const withBoxes = (bboxes: unknown) => ({ ...targets, bboxes }) as OrientedTargets;
const withNumber = (index: number, value: unknown) =>
  withBoxes(Object.assign(Array.from(targets.bboxes), { [index]: value }));

describe('createOrientedLoss', () => {
  it('a target below 2 px on a side is unassigned, and target counts the others', () => {
    const [batchIdx, cls] = [[...Array.from(targets.batchIdx)], [...Array.from(targets.cls)]];
    // In front of all others of image 0, 100 × 1.9 px
    const small = [0.5, 0.5, 1, 1.9 / 96, 0.3];
    const more = {
      batchIdx: [0, ...batchIdx],
      cls: [0, ...cls],
      bboxes: [...small, ...Array.from(targets.bboxes)],
    };
    const { assignment, total } = criterion.valueSync(predictions, more);
    expect(total).toBe(expected.total);
    const { unassigned, ...positives } = assignment;
    const { unassigned: before, ...others } = expected.assignment;
    expect(positives).toEqual(others);
    expect([...unassigned]).toEqual([0, ...Array.from(before, (n) => n + 1)]);
  });

  it('a region to ignore below 2 px on a side still is one', () => {
    const { batchIdx, cls, bboxes } = targets;
    // 72 × 1.5 px, over the centres of a row of cells
    const region = [0.5, 0.5 + 4 / 96, 0.75, 1.5 / 96, 0];
    const more = {
      batchIdx: [...Array.from(batchIdx), 0],
      cls: [...Array.from(cls), 0],
      bboxes: [...Array.from(bboxes), ...region],
      ignore: [...Array.from(cls, () => 0), 1],
    };
    const { assignment } = criterion.valueSync(predictions, more);
    expect(assignment.ignored[0]).toBeGreaterThan(0);
  });

  it('no targets: gradients of angles are 0', () => {
    const none = oriented.ordinary.none as OrientedTargets;
    const { items, grads } = criterion.valueAndGradSync(predictions, none);
    expect(items).toMatchObject({ box: 0, dfl: 0 });
    expect(grads.angles.data.every((slope) => slope === 0)).toBe(true);
  });

  it.each([
    [
      'boxes of four',
      'TARGET_LENGTH',
      withBoxes(new Float32Array(36)),
      /45 values .* batchIdx is 9, got 36/,
    ],
    [
      'an angle in degrees',
      'TARGET_BOX',
      withNumber(9, 90),
      /radians, at most 16, got 90 for target 1: degrees\?$/,
    ],
    ['NaN', 'TARGET_BOX', withNumber(14, Number.NaN), /got NaN for target 2$/],
    ["'1'", 'TARGET_BOX', withNumber(4, '1'), /'1'/],
    ['width −1', 'TARGET_BOX', withNumber(7, -1), /negative size/],
  ] as const)('%s: TargetError %s, nothing written', async (_, code, broken, message) => {
    const { grads } = criterion.valueAndGradSync(predictions, targets);
    const call = () => criterion.valueAndGrad(predictions, broken, { out: grads });
    await expectCode(code, call, message);
    expect(grads).toEqual(expected.grads);
  });

  it('angles of another shape: TENSOR_SHAPE', async () => {
    const broken = { ...predictions, angles: { ...predictions.angles, shape: [3, 126, 1] } };
    await expectCode('TENSOR_SHAPE', () => criterion.value(broken, targets), /\[3, 1, 126\]/);
  });

  it('iou is no option: there is one similarity', async () => {
    const config = { ...options, iou: 'giou' } as unknown as OrientedLossConfig;
    await expectCode('UNKNOWN_OPTION', () => createOrientedLoss(config), /iou/);
  });
});
