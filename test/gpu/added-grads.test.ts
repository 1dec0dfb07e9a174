import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LossBackend } from '../../src/backend/loss-backend.ts';
import { createWebgpuLosses } from '../../src/backend/webgpu/plain/index.ts';
import { IOU_KINDS } from '../../src/kinds.ts';
import { lossesOn } from '../../src/losses/losses.ts';
import type { Tensor } from '../../src/types.ts';
import { gpuBackends } from '../lib/backends.ts';
import { expectCloseL2 } from '../lib/compare.ts';
import { fromGpu, toGpu } from '../lib/gpu-buffers.ts';
import type { AnyLoss } from '../lib/loss-backends.ts';
import { buildLossCase, type LossName, lossNames } from '../lib/loss-cases.ts';
import { normal } from '../lib/random.ts';

const {
  config: { device },
} = gpuBackends[gpuBackends.length - 1];
/** Relative L2: a device may round product and sum together, or one by one. Reached: 3e-8. */
const BOUND = 1e-7;

let backend: LossBackend;
beforeAll(async () => {
  backend = await createWebgpuLosses('test', { device, isOwn: false, reason: 'test' });
});
afterAll(() => backend.dispose());

/** The backend, with gradients that are added. */
function adding(): LossBackend {
  const withAdds = (method: (tensors: object, loss: object) => unknown) => {
    return (tensors: object, loss: object) => method({ ...tensors, adds: true }, loss);
  };
  return {
    ...backend,
    elementwise: withAdds(backend.elementwise as never) as never,
    crossEntropy: withAdds(backend.crossEntropy as never) as never,
    multiMargin: withAdds(backend.multiMargin as never) as never,
    dice: withAdds(backend.dice as never) as never,
    boxIou: withAdds(backend.boxIou as never) as never,
  };
}

const lossOf = (own: LossBackend, name: LossName) => {
  return lossesOn(own)[name] as unknown as AnyLoss;
};

const cases: [name: LossName, shape: number[], options: Record<string, unknown>][] = [
  ...lossNames
    .filter((name) => name !== 'boxIou')
    .map((name) => [name, [6, 5], {}] as [LossName, number[], Record<string, unknown>]),
  // A workgroup shares a row of so many classes
  ['crossEntropy', [3, 70], {}],
  ['multiMargin', [3, 70], {}],
  ...IOU_KINDS.map(
    (kind) => ['boxIou', [9], { kind }] as [LossName, number[], Record<string, unknown>],
  ),
];

describe('gradients that are added, WebGPU', () => {
  it.each(cases)('%s %j %j: before + gradient', async (name, shape, options) => {
    const problem = buildLossCase(name, { seed: 5, shape, options });
    const { input, target } = problem;
    const { grad, value } = await lossOf(backend, name)(input, target, problem.options);
    const before = normal({ seed: 6, mean: 0, std: 0.05 }, input.data.length);
    const expected = before.map((held, i) => held + grad.data[i]);
    const out = { data: before.slice(), shape: input.shape };
    const added = await lossOf(adding(), name)(input, target, { ...problem.options, out });
    expect(added.value).toBe(value);
    expectCloseL2('array', out.data, expected, BOUND);

    const onDevice = toGpu(device, { data: before, shape: input.shape }, 4);
    const isDense = target.data instanceof Float32Array;
    const truth = isDense ? toGpu(device, target as Tensor) : target;
    const given = { ...problem.options, out: onDevice };
    await lossOf(adding(), name)(toGpu(device, input), truth, given);
    expectCloseL2('buffer', await fromGpu(device, onDevice), expected, BOUND);
  });
});
