import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MaskGrads } from '../../../src/backend/task-inputs.ts';
import { masks } from '../../../src/backend/wasm/masks.ts';
import { assign } from '../../../src/reference/assign.ts';
import { masks as reference } from '../../../src/reference/masks.ts';
import { resize as resized, resizeGrad } from '../../../src/reference/resize.ts';
import { prepareTargets } from '../../../src/reference/targets.ts';
import { runSync } from '../../../src/stages.ts';
import type { DetectionTargets, Tensor } from '../../../src/types.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import {
  type Engine,
  engines,
  stageHead,
  stagePositives,
  stagePredictions,
  stageTargets,
} from '../../lib/stage-inputs.ts';
import { buildSegmentationCase, segmentationExtra, taskRecipes } from '../../lib/task-cases.ts';
import { loadTaskGolden, segmentationCases } from '../../lib/task-golden.ts';

const RUNS = { seed: 20_260_107, numRuns: 60 };
/** Relative error of the loss; relative L2 error of both gradients. */
const BOUND = 2e-6;

interface Problem {
  predictions: { feats: Tensor[]; coefficients: Tensor; prototypes: Tensor };
  targets: DetectionTargets & { masks: Tensor<ArrayLike<number>> };
  options: Parameters<typeof stagePredictions>[1] & {
    overlap: boolean;
    resize?: 'masks' | 'prototypes' | undefined;
  };
}

function stages({ predictions: given, targets, options }: Problem) {
  const { feats, coefficients, prototypes } = given;
  const { predictions, head } = stagePredictions(feats, options);
  const { batch } = predictions;
  const assignment = assign(feats, targets, options);
  const truth = { masks: targets.masks, overlap: options.overlap };
  const made = { coefficients, prototypes };
  const { resize = 'masks' } = options;
  const scale = (7.5 * batch) / Math.max(1, assignment.anchor.length);

  return {
    run(engine: Engine, masksOf = made, allocate = floats) {
      const grads = {
        coefficients: allocate(coefficients.data.length).fill(9),
        prototypes: allocate(prototypes.data.length).fill(9),
      };
      const own = stageHead(engine, predictions, stageTargets(targets, batch));
      const positives = stagePositives(assignment, own.targets);
      const inputs = { ...masksOf, truth, resize, semantic: null };
      const lossOf = (to: MaskGrads | null) =>
        runSync('masks', masks(own, positives, inputs, { seg: scale, sem: 0 }, to)).seg;
      const loss = lossOf({ ...grads, semantic: null });
      expect(lossOf(null)).toBe(loss);
      // Without a gradient of the prototypes, that of the coefficients has the same bits
      const alone = allocate(coefficients.data.length).fill(9);
      expect(lossOf({ coefficients: alone, prototypes: null, semantic: null })).toBe(loss);
      expect(alone).toEqual(grads.coefficients);
      return { loss, ...grads };
    },
    expected() {
      const [, maskHeight, maskWidth] = targets.masks.shape;
      const size = { height: maskHeight, width: maskWidth };
      const sized = resize === 'prototypes' ? resized(prototypes, size) : prototypes;
      const grads: Record<'coefficients' | 'prototypes', Float64Array> = {
        coefficients: new Float64Array(coefficients.data.length),
        prototypes: new Float64Array(sized.data.length),
      };
      const grouped = prepareTargets(targets, batch, head.imageWidth, head.imageHeight);
      const factor = 7.5 * batch;
      const given = { predictions: { coefficients, prototypes: sized }, truth };
      const seg = reference(head, grouped, assignment, given, factor, grads);
      if (resize === 'prototypes') {
        grads.prototypes = resizeGrad(grads.prototypes, prototypes.shape, size);
      }
      return { loss: seg / scale, ...grads };
    },
  };
}

type Result = ReturnType<ReturnType<typeof stages>['run']>;
const floats = (length: number): Float32Array => new Float32Array(length);

function expectReference(
  actual: Result,
  expected: ReturnType<ReturnType<typeof stages>['expected']>,
) {
  expectClose('loss', actual.loss, expected.loss, BOUND);
  expectCloseL2('coefficients', actual.coefficients, expected.coefficients, BOUND);
  expectCloseL2('prototypes', actual.prototypes, expected.prototypes, BOUND);
}

describe.each(engines)('masks: $name', ({ engine, allocate, effort }) => {
  it.each(segmentationCases)(
    `%s: the golden's loss and gradients within ${BOUND}`,
    async (name) => {
      const golden = await loadTaskGolden(name);
      const { run } = stages({
        predictions: {
          feats: golden.levels('feats'),
          coefficients: golden.tensor('coefficients'),
          prototypes: golden.tensor('prototypes'),
        },
        targets: { ...golden.targets, masks: golden.tensor('targets.masks') },
        options: { ...golden.options, overlap: golden.config.overlap },
      });
      const { loss, coefficients, prototypes } = run(engine);
      const { gains } = golden.config;
      expectClose(
        'seg',
        (gains.box * loss) / golden.expected.positives,
        golden.expected.seg,
        BOUND,
      );
      expectCloseL2('coefficients', coefficients, golden.tensor('grads.coefficients').data, BOUND);
      expectCloseL2('prototypes', prototypes, golden.tensor('grads.prototypes').data, BOUND);
    },
  );

  it(`random problems: within ${BOUND} of the float64 reference, in place the same bits`, () => {
    const check = (recipe: Parameters<typeof buildSegmentationCase>[0]) => {
      const problem = buildSegmentationCase(recipe);
      const { run, expected } = stages(problem);
      const result = run(engine);
      expectReference(result, expected());
      const inPlace = (tensor: Tensor) => {
        const data = allocate(tensor.data.length);
        data.set(tensor.data);
        return { data, shape: tensor.shape };
      };
      const { coefficients, prototypes } = problem.predictions;
      const allocated = { coefficients: inPlace(coefficients), prototypes: inPlace(prototypes) };
      expect(run(engine, allocated, allocate)).toEqual(result);
    };
    fc.assert(fc.property(taskRecipes(segmentationExtra), check), {
      ...RUNS,
      numRuns: Math.ceil(RUNS.numRuns * effort),
    });
  });
});

describe('masks in bands of rows', () => {
  /** Rows of 33 · 72 prototypes, of which one task takes 13. */
  const size = { channels: 33, grid: [60, 72] as [number, number] };

  it.each([
    [true, 'masks', [240, 144]],
    [false, 'masks', [240, 144]],
    [true, 'prototypes', [240, 144]],
    [false, 'prototypes', [150, 100]],
    [false, 'prototypes', [20, 30]],
  ] as const)(
    'overlap %s, %s resized, masks of %s: the reference, and the same bits on threads',
    (overlap, resize, maskSize) => {
      const recipe = fc.sample(taskRecipes(segmentationExtra), { seed: 1, numRuns: 1 })[0];
      const problem = buildSegmentationCase({
        detection: { ...recipe.detection, batch: 2, targets: 12, boxes: 'ordinary' },
        extra: { ...size, overlap, maskSize: [...maskSize], resize, semantic: null },
      });
      const { run, expected } = stages(problem);
      const wanted = expected();
      const results = engines.map(({ engine }) => run(engine));
      for (const [i, result] of results.entries()) {
        expect(result.loss).toBeGreaterThan(0);
        expectReference(result, wanted);
        if (engines[i].threads > 1) expect(result).toEqual(results[i - 1]);
      }
    },
  );
});
