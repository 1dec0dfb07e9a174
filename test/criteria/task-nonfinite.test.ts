import { describe, expect, it } from 'vitest';
import type { Assignment } from '../../src/types.ts';
import { gpuBackends } from '../lib/backends.ts';
import { expectSame } from '../lib/compare.ts';
import { deviceTasks } from '../lib/tasks/index.ts';
import { mapTensors, tensorsOf } from '../lib/tensors.ts';

/** The tensors of two heads are those of one, which are tested here or in detection's suite. */
const own = deviceTasks.filter(({ name }) => !name.startsWith('createDualLoss'));
const cases = gpuBackends.slice(-1).flatMap(({ config, bound }) =>
  own.flatMap((task) =>
    Object.keys(tensorsOf(task.ordinary.predictions))
      .filter((path) => !/^(feats|flow)/.test(path))
      .map((path) => ({ ...task, path, config, bound })),
  ),
);

describe.each(cases)('$name, $path on WebGPU', ({ create, ordinary, path, config, bound }) => {
  const { options, predictions, targets } = ordinary;

  it.each([Number.NaN, Infinity, -Infinity])('%d at a positive: what WASM gives', async (bad) => {
    using wasm = await create({ ...options, backend: 'wasm' });
    using webgpu = await create({ ...options, ...config });
    const { assignment } = (await wasm.value(predictions, targets)) as { assignment?: Assignment };
    const broken = mapTensors(predictions, ({ data, shape }, at) => {
      const copy = data.slice();
      if (at === path) copy[placeOf(shape, assignment)] = bad;
      return { data: copy, shape };
    });
    const expected = await wasm.valueAndGrad(broken, targets);
    const actual = await webgpu.valueAndGrad(broken, targets);
    expectSame('total', actual.total, expected.total, bound);
    for (const [item, value] of Object.entries(expected.items)) {
      expectSame(item, actual.items[item], value, bound);
    }
    const finiteOf = (grads: object) =>
      Object.entries(tensorsOf(grads)).map(([at, { data }]) => [
        at,
        Array.from(data.keys()).filter((i) => !Number.isFinite(data[i])),
      ]);
    expect(finiteOf(actual.grads)).toEqual(finiteOf(expected.grads));
  });
});

/** Somewhere that the loss looks at: a value of a positive, in prototypes one in the middle. */
function placeOf(shape: readonly number[], assignment: Assignment | undefined): number {
  if (!assignment) return shape[1] + 2;
  const [, channels, ...rest] = shape;
  const size = rest.reduce((product, n) => product * n, 1);
  if (rest.length > 1) return Math.floor(size / 2 + rest[1] / 2);
  return assignment.image[0] * channels * size + assignment.anchor[0];
}
