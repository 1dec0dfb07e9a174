import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keypoints } from '../../../src/backend/wasm/keypoints.ts';
import { assign } from '../../../src/reference/assign.ts';
import { keypoints as reference } from '../../../src/reference/keypoints.ts';
import { defaultSigmas } from '../../../src/reference/pose.ts';
import { prepareTargets } from '../../../src/reference/targets.ts';
import { runSync } from '../../../src/stages.ts';
import type { DetectionTargets, Tensor } from '../../../src/types.ts';
import { validateKeypoints } from '../../../src/validate/keypoints.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import {
  type Engine,
  engines,
  stageHead,
  stagePositives,
  stagePredictions,
  stageTargets,
} from '../../lib/stage-inputs.ts';
import { buildPoseCase, poseExtra, taskRecipes } from '../../lib/task-cases.ts';
import { loadTaskGolden, poseCases } from '../../lib/task-golden.ts';

const RUNS = { seed: 20_260_108, numRuns: 60 };
/** Relative error of both losses; relative L2 error of the gradient. */
const BOUND = 2e-6;

interface Problem {
  predictions: { feats: Tensor[]; keypoints: Tensor };
  targets: DetectionTargets & { keypoints: Tensor<ArrayLike<number>> };
  options: Parameters<typeof stagePredictions>[1];
}

/** Destinations of a head without deviations and flow. */
const gradsIn = (keypoints: Float32Array) => ({ keypoints, sigmas: null, flow: [] });

function stages({ predictions: given, targets, options }: Problem) {
  const { predictions, head } = stagePredictions(given.feats, options);
  const { batch } = predictions;
  const assignment = assign(given.feats, targets, options);
  const [total, count] = targets.keypoints.shape;
  const numbers = given.keypoints.shape[1] / count;
  const sigmas = defaultSigmas(count);
  const terms = Math.max(1, assignment.anchor.length * count);
  const scale = { pose: (12 * batch) / terms, kobj: batch / terms };

  return {
    /** Computes the losses before gains and the division by P·K, and their gradient. */
    run(engine: Engine) {
      const grads = new Float32Array(given.keypoints.data.length).fill(9);
      const read = validateKeypoints('test', targets.keypoints, total, [count, numbers]);
      const truth = { keypoints: read, sigmas };
      const decode = { factor: 2, offset: -0.5 };
      const predicted = given.keypoints.data;
      const inputs = { predicted, count, numbers, decode, truth, likelihood: null };
      const own = stageHead(engine, predictions, stageTargets(targets, batch));
      const positives = stagePositives(assignment, own.targets);
      const lossOf = (to: Float32Array | null) =>
        runSync('test', keypoints(own, positives, inputs, scale, to && gradsIn(to), null));
      const loss = lossOf(grads);
      expect(lossOf(null)).toEqual(loss);
      return { loss, grads, terms };
    },
    expected() {
      const grads = new Float64Array(given.keypoints.data.length);
      const grouped = prepareTargets(targets, batch, head.imageWidth, head.imageHeight);
      const gains = { pose: 12 * batch, kobj: batch };
      const { keypoints: predicted } = given;
      const { pose, kobj } = reference(
        head,
        grouped,
        assignment,
        { predicted, truth: targets.keypoints, sigmas },
        gains,
        grads,
      );
      return { loss: { pose: pose / scale.pose, kobj: kobj / scale.kobj }, grads };
    },
  };
}

describe.each(engines)('keypoints: $name', ({ engine, effort }) => {
  it.each(poseCases)(`%s: the golden's losses and gradient within ${BOUND}`, async (name) => {
    const golden = await loadTaskGolden(name);
    const { run } = stages({
      predictions: { feats: golden.levels('feats'), keypoints: golden.tensor('keypoints') },
      targets: { ...golden.targets, keypoints: golden.tensor('targets.keypoints') },
      options: golden.options,
    });
    const { loss, grads, terms } = run(engine);
    expectClose('pose', (12 * loss.pose) / terms, golden.expected.pose, BOUND);
    expectClose('kobj', loss.kobj / terms, golden.expected.kobj, BOUND);
    expectCloseL2('grads', grads, golden.tensor('grads.keypoints').data, BOUND);
  });

  it(`random problems: within ${BOUND} of the float64 reference`, () => {
    const check = (recipe: Parameters<typeof buildPoseCase>[0]) => {
      const { run, expected } = stages(buildPoseCase(recipe));
      const [actual, wanted] = [run(engine), expected()];
      expectClose('pose', actual.loss.pose, wanted.loss.pose, BOUND);
      expectClose('kobj', actual.loss.kobj, wanted.loss.kobj, BOUND);
      // The gradients of some problems are so small that float32 holds only a few of their bits
      expectCloseL2('grads', actual.grads, Float32Array.from(wanted.grads), BOUND);
    };
    fc.assert(fc.property(taskRecipes(poseExtra), check), {
      ...RUNS,
      numRuns: Math.ceil(RUNS.numRuns * effort),
    });
  });
});
