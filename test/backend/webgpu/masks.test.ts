import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Dense } from '../../../src/backend/inputs.ts';
import type { MaskGrads } from '../../../src/backend/task-inputs.ts';
import { masks } from '../../../src/backend/webgpu/masks.ts';
import { assign } from '../../../src/reference/assign.ts';
import { masks as reference } from '../../../src/reference/masks.ts';
import { prepareTargets } from '../../../src/reference/targets.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { poorDevice } from '../../lib/gpu.ts';
import { gpuStages, rangeOf, readRange } from '../../lib/gpu-stages.ts';
import { stagePositives, stagePredictions, stageTargets } from '../../lib/stage-inputs.ts';
import { buildSegmentationCase, segmentationExtra, taskRecipes } from '../../lib/task-cases.ts';

/** Relative error of the loss; relative L2 error of both gradients. */
const BOUND = 2e-5;
const device = await poorDevice({});
const stages = await gpuStages(device);

async function expectReference(recipe: Parameters<typeof buildSegmentationCase>[0]) {
  const { predictions: given, targets, options } = buildSegmentationCase(recipe);
  const { coefficients, prototypes } = given;
  const { predictions, head } = stagePredictions(given.feats, options);
  const grouped = stageTargets(targets, predictions.batch);
  const assigned = assign(given.feats, targets, options);
  const truth = { masks: targets.masks, overlap: options.overlap };
  const scale = (7.5 * predictions.batch) / Math.max(1, assigned.anchor.length);
  const run = (c: Dense, p: Dense, grads: MaskGrads<Dense> | null) => {
    const inputs = {
      coefficients: { data: c, shape: coefficients.shape },
      prototypes: { data: p, shape: prototypes.shape },
      truth,
      resize: 'masks',
      semantic: null,
    } as const;
    const factors = { seg: scale, sem: 0 };
    return stages.run(predictions, grouped, async (own) => {
      const sums = await masks(own, stagePositives(assigned, grouped), inputs, factors, grads);
      return sums.seg;
    });
  };
  const limitTo = (images: number) => {
    const imageBytes =
      (4 * Math.max(coefficients.data.length, prototypes.data.length)) / predictions.batch;
    const maxStorageBufferBindingSize = images * imageBytes + 256;
    Object.assign(device.limits, { maxStorageBufferBindingSize });
  };
  limitTo(9);
  const arrays = {
    coefficients: new Float32Array(coefficients.data.length).fill(9),
    prototypes: new Float32Array(prototypes.data.length).fill(9),
    semantic: null,
  };
  const loss = await run(coefficients.data, prototypes.data, arrays);

  const grads = {
    coefficients: new Float64Array(coefficients.data.length),
    prototypes: new Float64Array(prototypes.data.length),
  };
  const prepared = prepareTargets(targets, predictions.batch, head.imageWidth, head.imageHeight);
  const seg = reference(
    head,
    prepared,
    assigned,
    { predictions: given, truth },
    7.5 * predictions.batch,
    grads,
  );
  expectClose('loss', loss, seg / scale, BOUND);
  expectCloseL2('coefficients', arrays.coefficients, grads.coefficients, BOUND);
  expectCloseL2('prototypes', arrays.prototypes, grads.prototypes, BOUND);

  limitTo(1);
  const tensors = [rangeOf(device, coefficients.data), rangeOf(device, prototypes.data)] as const;
  expect(await run(...tensors, null)).toBe(loss);
  const ranges = {
    coefficients: rangeOf(device, new Float32Array(coefficients.data.length).fill(9)),
    prototypes: rangeOf(device, new Float32Array(prototypes.data.length).fill(9)),
    semantic: null,
  };
  expect(await run(...tensors, ranges)).toBe(loss);
  expect(await readRange(device, ranges.coefficients)).toEqual(arrays.coefficients);
  expect(await readRange(device, ranges.prototypes)).toEqual(arrays.prototypes);
}

it(`webgpu, masks: within ${BOUND} of the float64 reference, in buffers the bits that arrays give`, async () => {
  const runs = { seed: 20_260_111, numRuns: 12 };
  await fc.assert(
    fc.asyncProperty(taskRecipes(segmentationExtra, { small: true }), expectReference),
    runs,
  );
});

it('webgpu, masks: 33 channels, more than a thread keeps, and masks of another size', async () => {
  const [{ detection }] = fc.sample(taskRecipes(segmentationExtra, { small: true }), {
    seed: 1,
    numRuns: 1,
  });
  const extra = { overlap: false, channels: 33, grid: [30, 36], maskSize: [60, 20] } as const;
  await expectReference({
    detection: { ...detection, batch: 2, targets: 8, boxes: 'ordinary' },
    extra: {
      ...extra,
      grid: [...extra.grid],
      maskSize: [...extra.maskSize],
      resize: 'masks',
      semantic: null,
    },
  });
});
