import { beforeAll, describe, it } from 'vitest';
import type { Assignment } from '../../src/types.ts';
import { startThreads } from '../lib/backends.ts';
import { expectAssignment } from '../lib/expect-golden.ts';
import { expectLoss } from '../lib/expect-loss.ts';
import { noteGoldenErrors } from '../lib/golden-errors.ts';
import { toNchw, toNhwc } from '../lib/layout.ts';
import { tasks } from '../lib/tasks/index.ts';
import { mapTensors, tensorsOf } from '../lib/tensors.ts';

const goldens = tasks.flatMap((task) =>
  task.goldens.map((golden) => ({ ...task, golden: golden.name, load: golden.load })),
);

describe.each(goldens)('$name, golden $golden', async (task) => {
  const { name, backends, create, hasAssignment } = task;
  const { options, predictions, targets, expected, assigned } = await task.load();
  const layouts = hasAssignment ? (['nchw', 'nhwc'] as const) : [undefined];

  describe.each(backends)('$name', ({ name: backend, config, bound }) => {
    noteGoldenErrors(name, backend);
    beforeAll(() => startThreads(config));

    it.each(layouts)(`%s: all within ${bound} relative`, async (layout) => {
      using criterion = await create({ ...options, ...(layout && { layout }), ...config });
      // Levels are all that has a layout: other tensors are [B, …, A], or of the prototypes
      const inLayout = <T extends object>(nested: T, change: typeof toNhwc) =>
        layout !== 'nhwc'
          ? nested
          : mapTensors(
              nested,
              (tensor, path) => (/\d$/.test(path) ? change(tensor as never) : tensor) as never,
            );
      const result = await criterion.valueAndGrad(inLayout(predictions, toNhwc), targets);
      const grads = Object.values(tensorsOf(inLayout(result.grads, toNchw)));
      expectLoss({ ...result, grads: grads.map(({ data }) => data) }, expected, bound);
      if (assigned) expectAssignment(result.assignment as Assignment, assigned, bound);
    });
  });
});
