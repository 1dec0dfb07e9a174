import { beforeAll, describe, it } from 'vitest';
import { startThreads } from '../lib/backends.ts';
import { expectAssignment } from '../lib/expect-golden.ts';
import { expectLoss } from '../lib/expect-loss.ts';
import { noteGoldenErrors } from '../lib/golden-errors.ts';
import { toNchw, toNhwc } from '../lib/layout.ts';
import { tasks } from '../lib/tasks/index.ts';
import type { Golden } from '../lib/tasks/task.ts';
import { mapTensors, tensorsOf } from '../lib/tensors.ts';

const goldens = tasks.flatMap((task) =>
  task.goldens.map((golden) => ({ ...task, golden: golden.name, load: golden.load })),
);

describe.each(goldens)('$name, golden $golden', async (task) => {
  const { name, backends, create, hasAssignment } = task;
  const { options, predictions, targets, expected, assigned } = await task.load();
  const layouts = hasAssignment ? (['nchw', 'nhwc'] as const) : (['no layout'] as const);

  describe.each(backends)('$name', ({ name: backend, config, bound }) => {
    noteGoldenErrors(name, backend);
    beforeAll(() => startThreads(config));

    it.each(layouts)(`%s: all within ${bound} relative`, async (layout) => {
      using criterion = await create({
        ...options,
        ...(layout !== 'no layout' && { layout }),
        ...config,
      });
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
      if (assigned) expectAssigned(result.assignment, assigned, bound);
    });
  });
});

/** Fails unless the positives, of either head if there are two, are those of the fixture. */
function expectAssigned(
  assignment: object | undefined,
  assigned: NonNullable<Golden['assigned']>,
  bound: number,
): void {
  if ('anchor' in assigned) {
    expectAssignment(assignment as typeof assigned, assigned, bound);
    return;
  }
  const both = assignment as typeof assigned;
  expectAssignment(both.oneToMany, assigned.oneToMany, bound);
  expectAssignment(both.oneToOne, assigned.oneToOne, bound);
}
