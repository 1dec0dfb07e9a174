import { beforeAll, describe, it } from 'vitest';
import { createPoseLoss } from '../../src/index.ts';
import { backends, startThreads } from '../lib/backends.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { expectAssignment } from '../lib/expect-golden.ts';
import { cases26, loadGolden26 } from '../lib/golden-26.ts';
import { noteGoldenErrors } from '../lib/golden-errors.ts';
import { normal } from '../lib/random.ts';

const ITEMS = ['box', 'pose', 'kobj', 'cls', 'dfl', 'rle'] as const;

describe.each(cases26.pose)("createPoseLoss, head '26', golden %s", async (name) => {
  const golden = await loadGolden26(name);
  const { config, expected, options, tensor } = golden;
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

    it(`all within ${bound} relative`, async () => {
      using criterion = await createPoseLoss({
        ...options,
        ...own,
        gains: options.gains,
        assigner: { ...options.assigner, topk: config.topk, topk2: config.topk2 },
        head: '26',
        keypointShape: config.keypointShape,
      });
      const result = await criterion.valueAndGrad(predictions, targets);
      const { total, items, grads, assignment } = result;
      expectClose('total', total, expected.total, bound);
      for (const item of ITEMS) expectClose(item, items[item], expected[item], bound);
      expectAssignment(assignment, golden.assigned(), bound);
      const { feats, keypoints, sigmas, flow: ofFlow = [] } = grads;
      const levels = golden.levels('grads');
      feats.forEach(({ data }, l) => {
        expectCloseL2(`feats.${l}`, data, levels[l].data, bound);
      });
      expectCloseL2('keypoints', keypoints.data, tensor('grads.keypoints').data, bound);
      expectCloseL2('sigmas', sigmas?.data ?? [], tensor('grads.sigmas').data, bound);
      const flat = ofFlow.flatMap(({ data }) => [...data]);
      const samples = index.map((i) => flat[i]);
      expectCloseL2('flow', samples, tensor('grads.flow.value').data, bound);
    });
  });
});
