import { beforeAll, describe, it } from 'vitest';
import { createPoseLoss } from '../../src/index.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { expectAssignment } from '../lib/expect-golden.ts';
import { loadGolden26 } from '../lib/golden-26.ts';
import { noteGoldenErrors } from '../lib/golden-errors.ts';
import { normal } from '../lib/random.ts';

/** Items that the keypoints and their assignment decide. */
const ITEMS = ['box', 'pose', 'kobj', 'cls', 'rle'] as const;
/** Cases without small targets and with one top-k. */
const cases = ['pose26-coco17', 'pose26-negative'];

describe.each(cases)("createPoseLoss, head '26', golden %s", async (name) => {
  const golden = await loadGolden26(name);
  const { config, expected, options, tensor } = golden;
  const { numClasses, regMax, strides, gains, assigner } = options;
  const { alpha, beta } = assigner;
  const flow = golden.flow.map(({ shape, ...stream }) => {
    const count = shape.reduce((product, n) => product * n, 1);
    return { data: normal(stream, count), shape };
  });
  const predictions = {
    feats: golden.levels('feats'),
    keypoints: tensor('keypoints'),
    sigmas: tensor('sigmas'),
    flow,
  };
  const targets = { ...golden.targets(), keypoints: tensor('targets.keypoints') };
  const index = Array.from(tensor('grads.flow.index').data);

  describe.each(backends)('$name', ({ name: backend, config: own, bound }) => {
    noteGoldenErrors(`createPoseLoss, ${name}`, backend);
    beforeAll(() => startThreads(own));

    it(`items, and gradients of keypoints, deviations and flow, within ${bound} relative`, async () => {
      using criterion = await createPoseLoss({
        ...{ numClasses, regMax, strides, ...own },
        gains: { ...gains, rle: gains.rle },
        assigner: { topk: config.topk, alpha, beta },
        head: '26',
        keypointShape: config.keypointShape,
      });
      const { items, grads, assignment } = await criterion.valueAndGrad(predictions, targets);
      for (const item of ITEMS) expectClose(item, items[item], expected[item], bound);
      expectAssignment(assignment, golden.assigned(), bound);
      const { keypoints, sigmas, flow: ofFlow = [] } = grads;
      expectCloseL2('keypoints', keypoints.data, tensor('grads.keypoints').data, bound);
      expectCloseL2('sigmas', sigmas?.data ?? [], tensor('grads.sigmas').data, bound);
      const flat = ofFlow.flatMap(({ data }) => [...data]);
      const samples = index.map((i) => flat[i]);
      expectCloseL2('flow', samples, tensor('grads.flow.value').data, bound);
    });
  });
});
