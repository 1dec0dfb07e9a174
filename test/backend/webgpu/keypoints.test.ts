import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Dense } from '../../../src/backend/inputs.ts';
import { keypoints as onWasm } from '../../../src/backend/wasm/keypoints.ts';
import { keypoints } from '../../../src/backend/webgpu/keypoints.ts';
import { assign } from '../../../src/reference/assign.ts';
import { defaultSigmas } from '../../../src/reference/pose.ts';
import { runSync } from '../../../src/stages.ts';
import { validateKeypoints } from '../../../src/validate/keypoints.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { poorDevice } from '../../lib/gpu.ts';
import { gpuStages, rangeOf, readRange } from '../../lib/gpu-stages.ts';
import {
  stageHead,
  stagePositives,
  stagePredictions,
  stageTargets,
} from '../../lib/stage-inputs.ts';
import { buildPoseCase, poseExtra, taskRecipes } from '../../lib/task-cases.ts';

const device = await poorDevice({});
const stages = await gpuStages(device);
/** Relative error of both sums; relative L2 error of gradients. */
const BOUND = 2e-5;

it(`webgpu, keypoints: within ${BOUND} of the WASM stage, in buffers the bits that arrays give`, async () => {
  const check = async (recipe: Parameters<typeof buildPoseCase>[0]) => {
    const { predictions: given, targets, options } = buildPoseCase(recipe);
    const { predictions } = stagePredictions(given.feats, options);
    const grouped = stageTargets(targets, predictions.batch);
    const positives = stagePositives(assign(given.feats, targets, options), grouped);
    const [total, count] = targets.keypoints.shape;
    const numbers = given.keypoints.shape[1] / count;
    const read = validateKeypoints('test', targets.keypoints, total, [count, numbers]);
    const truth = { keypoints: read, sigmas: defaultSigmas(count) };
    const { data } = given.keypoints;
    const scale = { pose: 3, kobj: 0.7 };
    const decode = { factor: 2, offset: -0.5 };
    const gradsIn = <Data>(keypoints: Data) => ({ keypoints, sigmas: null, flow: [] });
    const run = async (tensor: Dense, grads: Dense | null, images: number) => {
      const imageBytes = (4 * data.length) / predictions.batch;
      Object.assign(device.limits, { maxStorageBufferBindingSize: images * imageBytes + 256 });
      const inputs = { predicted: tensor, count, numbers, decode, truth, likelihood: null };
      return stages.run(predictions, grouped, (head) =>
        keypoints(head, positives, inputs, scale, grads && gradsIn(grads), null),
      );
    };
    const array = new Float32Array(data.length).fill(9);
    const expected = await run(data, array, 9);
    const onHost = new Float32Array(data.length);
    const head = stageHead(stages.engine, predictions, grouped);
    const inputs = { predicted: data, count, numbers, decode, truth, likelihood: null };
    const { pose, kobj } = runSync(
      'test',
      onWasm(head, positives, inputs, scale, gradsIn(onHost), null),
    );
    expectClose('pose', expected.pose, pose, BOUND);
    expectClose('kobj', expected.kobj, kobj, BOUND);
    expectCloseL2('gradient', array, onHost, BOUND);
    const tensor = rangeOf(device, data);
    expect(await run(tensor, null, 9)).toEqual(expected);
    const range = rangeOf(device, new Float32Array(data.length).fill(9));
    expect(await run(tensor, range, 1)).toEqual(expected);
    expect(await readRange(device, range)).toEqual(array);
  };
  const runs = { seed: 20_260_110, numRuns: 10 };
  await fc.assert(fc.asyncProperty(taskRecipes(poseExtra, { small: true }), check), runs);
});
