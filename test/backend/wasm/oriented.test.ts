import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignmentOf } from '../../../src/backend/assign/positives.ts';
import { taskAligned } from '../../../src/backend/assign/task-aligned.ts';
import { assign } from '../../../src/backend/wasm/assign.ts';
import { losses } from '../../../src/backend/wasm/losses.ts';
import { defaultsOf } from '../../../src/reference/defaults.ts';
import { scalesOf } from '../../../src/reference/detection.ts';
import { type ReferenceOptions, resolveOptions } from '../../../src/reference/options.ts';
import { orientedLoss, orientedLossOf } from '../../../src/reference/oriented.ts';
import { runSync } from '../../../src/stages.ts';
import type { DetectionTargets, Tensor } from '../../../src/types.ts';
import { keepLearnable } from '../../../src/validate/keep-learnable.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { expectAssignment } from '../../lib/expect-golden.ts';
import { orientedMargin } from '../../lib/margin.ts';
import {
  type Engine,
  engines,
  stageHead,
  stagePredictions,
  stageTargets,
} from '../../lib/stage-inputs.ts';
import { buildOrientedCase, orientedExtra, taskRecipes } from '../../lib/task-cases.ts';
import { loadTaskGolden } from '../../lib/task-golden.ts';

const RUNS = { seed: 20_260_109, numRuns: 60 };
/** Relative error of the losses; relative L2 error of scores and gradients. */
const BOUND = 2e-6;
/** Margin below which candidates may rank either way: distances are decoded, and overlaps ranked, in float32. */
const CLEAR = 1e-5;

interface Problem {
  predictions: { feats: Tensor[]; angles: Tensor };
  targets: DetectionTargets;
  options: ReferenceOptions;
}

function run(engine: Engine, { predictions: given, targets, options }: Problem) {
  const resolved = resolveOptions(options);
  const { predictions } = stagePredictions(given.feats, options, given.angles.data);
  const { batch } = predictions;
  const kept = keepLearnable(stageTargets(targets, batch, 5), predictions, 2);
  const defaults = defaultsOf(options);
  const { distance } = resolved;
  const { distances, covarianceFloor } = defaults;
  const boxLoss = { iou: 'probiou' as const, distance, distances, covarianceFloor };
  const kinds = {
    classification: resolved.classLoss,
    classWeights: resolved.classWeights ? Float32Array.from(resolved.classWeights) : null,
    boxLoss,
  };
  const assigner = taskAligned({ ...resolved.assigner, overlap: 'probiou' });
  const head = stageHead(engine, predictions, kept, { ...kinds, assigner });
  const positives = runSync('test', assign(head));
  const normalizer = Math.max(positives.normalizer, 1);
  const scale = {
    ...scalesOf(resolved, batch, normalizer),
    angle: (defaults.angle * batch) / normalizer,
  };
  const grads = given.feats.map(({ data }) => new Float32Array(data.length).fill(9));
  const angleGrads = new Float32Array(given.angles.data.length).fill(9);
  const lossOf = (isBackward: boolean) => {
    const to = isBackward ? { levels: grads, boxTensors: [angleGrads] } : null;
    return runSync('test', losses(head, positives, { ...kinds, scale, grads: to }));
  };
  const sums = lossOf(true);
  expect(lossOf(false)).toEqual(sums);
  const items = {
    box: (sums.box * scale.box) / batch,
    cls: (sums.cls * scale.cls) / batch,
    dfl: (sums.dfl * scale.dfl) / batch,
    angle: (sums.angle * scale.angle) / batch,
  };
  const assignment = assignmentOf(positives);
  return { assignment, normalizer, items, grads: { feats: grads, angles: angleGrads } };
}

type Result = ReturnType<typeof run>;

function expectLoss(
  { items, grads }: Result,
  expected: {
    items: Result['items'];
    grads: { feats: ArrayLike<number>[]; angles: ArrayLike<number> };
  },
): void {
  expectClose('box', items.box, expected.items.box, BOUND);
  expectClose('cls', items.cls, expected.items.cls, BOUND);
  expectClose('dfl', items.dfl, expected.items.dfl, BOUND);
  expectClose('angle', items.angle, expected.items.angle, BOUND);
  grads.feats.forEach((grad, l) => {
    expectCloseL2(`feats[${l}]`, grad, expected.grads.feats[l], BOUND);
  });
  expectCloseL2('angles', grads.angles, expected.grads.angles, BOUND);
}

describe.each(engines)('rotated boxes: $name', ({ engine, effort }) => {
  it(`obb: the golden's assignment, losses and gradients within ${BOUND}`, async () => {
    const golden = await loadTaskGolden('obb');
    const predictions = { feats: golden.levels('feats'), angles: golden.tensor('angles') };
    const result = run(engine, { predictions, targets: golden.targets, options: golden.options });
    expectAssignment(result.assignment, golden.assigned, BOUND);
    const { box, cls, dfl } = golden.expected;
    expectLoss(result, {
      items: { box, cls, dfl, angle: 0 },
      grads: {
        feats: golden.levels('grads').map(({ data }) => data),
        angles: golden.tensor('grads.angles').data,
      },
    });
  });

  it(`random problems: within ${BOUND} of the float64 reference, assignments closer than ${CLEAR} aside`, () => {
    const numRuns = Math.ceil(RUNS.numRuns * effort);
    let clear = 0;
    const check = (recipe: Parameters<typeof buildOrientedCase>[0]) => {
      const problem = buildOrientedCase(recipe);
      const result = run(engine, problem);
      const { predictions, targets, options } = problem;
      const own = { ...result.assignment, score: Float64Array.from(result.assignment.score) };
      expectLoss(result, orientedLossOf(predictions, targets, own, result.normalizer, options));
      if (orientedMargin(problem) < CLEAR) return;
      clear++;
      const expected = orientedLoss(predictions, targets, options).assignment;
      expectAssignment(result.assignment, expected, BOUND);
      expect([...result.assignment.unassigned]).toEqual([...expected.unassigned]);
    };
    fc.assert(fc.property(taskRecipes(orientedExtra), check), { ...RUNS, numRuns });
    expect(clear).toBeGreaterThan(numRuns / 2);
  });

  it('borders are inside; a target whose five numbers are not above 0 in sum has no candidate', () => {
    // Anchors at 4, 12, 20, 28, …; 16 pixels around 20 reach from 12 to 28.
    const [side, channels, options] = [8, 9, { numClasses: 1, regMax: 2, strides: [8] }];
    const feat = { data: new Float32Array(2 * channels * 64), shape: [2, channels, side, side] };
    const angles = { data: new Float32Array(2 * 64), shape: [2, 1, 64] };
    const box = [20 / 64, 20 / 64, 16 / 64, 16 / 64];
    const targets = { batchIdx: [0, 1], cls: [0, 0], bboxes: [...box, 0, ...box, -32 * Math.PI] };
    const problem = {
      predictions: { feats: [feat], angles },
      targets,
      options: { ...options, assigner: { topk: 20 } },
    };
    const { assignment } = run(engine, problem);
    expect([...assignment.anchor]).toEqual([9, 10, 11, 17, 18, 19, 25, 26, 27]);
    expect([...assignment.unassigned]).toEqual([1]);
    const expected = orientedLoss(problem.predictions, targets, problem.options).assignment;
    expectAssignment(assignment, expected, BOUND);
  });
});
