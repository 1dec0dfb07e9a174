import { afterAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import type { Tensor } from '../../src/types.ts';
import { gpuBackends } from '../lib/backends.ts';
import { expectCode } from '../lib/expect-code.ts';
import { testDevice } from '../lib/gpu.ts';
import { fromGpu, toGpu } from '../lib/gpu-buffers.ts';
import { bitsOf, expectBits } from '../lib/same-bits.ts';
import { deviceTasks } from '../lib/tasks/index.ts';
import { mapTensors, sampledPaths, tensorsOf } from '../lib/tensors.ts';
import { watch } from '../lib/watch-device.ts';

/** Cases on the variant that users of this adapter get. */
const cases = gpuBackends
  .slice(-1)
  .flatMap(({ config }) => deviceTasks.map((task) => ({ ...task, config })));

const watched = await testDevice();
const { events } = watch(watched);
const stranger = await testDevice();
afterAll(() => {
  for (const device of [watched, stranger]) device.destroy();
});

describe.each(cases)('$name, GPUBuffers', (task) => {
  const { create, ordinary, config, hasAssignment, isMean } = task;
  const { options, predictions, targets } = ordinary;
  const { device } = config;
  const paths = sampledPaths(predictions);
  const names = paths.map((path) => path.replace(/\.(\d+)$/, '\\[$1\\]'));
  const make = (more: object = {}) => create({ ...options, ...config, ...more });
  type Change = (tensor: Tensor, path: string) => Tensor<GPUBuffer>;
  const mapped = (change: Change) => mapTensors(predictions, change as never) as object;
  const inBuffers = () => mapped((tensor) => toGpu(device, tensor));
  /** From a byte on that no binding begins at, of values that are to be overwritten. */
  const dirty = () =>
    mapped(({ data, shape }) => toGpu(device, { data: data.slice().fill(9), shape }, 12));
  const arraysOf = async (grads: object) => {
    const tensors = Object.entries(tensorsOf(grads)) as unknown as [string, Tensor<GPUBuffer>][];
    const read = tensors.map(async ([path, tensor]) => [path, await fromGpu(device, tensor)]);
    return Object.fromEntries(await Promise.all(read));
  };

  it('give the bits that arrays give, also where `out` is reused', async () => {
    using criterion = await make({ checkFinite: true });
    const { grads: arrays, ...value } = await criterion.valueAndGrad(predictions, targets);
    const bits = bitsOf(value);
    const ofGrads = bitsOf(
      Object.fromEntries(Object.entries(tensorsOf(arrays)).map(([path, { data }]) => [path, data])),
    );
    const [buffers, out] = [inBuffers(), dirty()];
    const { grads, ...ofBuffers } = await criterion.valueAndGrad(buffers, targets, { out });
    expectBits(ofBuffers, bits);
    expectBits(await arraysOf(grads), ofGrads);
    const fresh = await criterion.valueAndGrad(buffers, targets);
    expectBits(await arraysOf(fresh.grads), ofGrads);
    expectBits(await criterion.value(buffers, targets), bits);
  });

  it.each(paths.map((path, i) => [path, names[i]]))(
    '%s of another device, destroyed or not finite: named, nothing written',
    async (path, name) => {
      using criterion = await make({ checkFinite: true });
      const replaced = (change: Change) =>
        mapped((tensor, at) => (at === path ? change(tensor, at) : toGpu(device, tensor)));
      const foreign = () => replaced((tensor) => toGpu(stranger, tensor));
      const gone = replaced((tensor) => toGpu(device, tensor));
      const broken = replaced(({ data, shape }) => {
        return toGpu(device, { data: data.slice().fill(Number.NaN, data.length - 1), shape });
      });
      const good = inBuffers();
      const out = inBuffers();
      const before = bitsOf(await arraysOf(out));
      const fails = async (code: ErrorCode, given: object, to: object, message: RegExp) => {
        const call = () => criterion.valueAndGrad(given, targets, { out: to });
        await expectCode(code, call, message);
      };
      await fails('GPU_BUFFER', foreign(), out, new RegExp(`: ${name}\\.data needs`));
      const outName = new RegExp(`out.${name}\\.data needs`);
      await fails('NOT_FINITE', broken, out, new RegExp(`${name} holds NaN or infinity in image`));
      const others = foreign();
      await fails('GPU_BUFFER', good, others, outName);
      (tensorsOf(gone)[path] as unknown as Tensor<GPUBuffer>).data.destroy();
      await fails('GPU_BUFFER', good, gone, /destroyed/);
      for (const written of [out, others, gone]) {
        const kept = Object.entries(tensorsOf(written)).filter(([at]) => at !== path);
        const expected = kept.map(([at]) => [`result.${at}`, before[`result.${at}`]]);
        expectBits(await arraysOf(Object.fromEntries(kept)), Object.fromEntries(expected));
      }
      expect((await criterion.value(good, targets)).total).toBeGreaterThan(0);
    },
  );

  it('two waits, a classifier one and a likelihood three, each for one submit; at most one more is not waited for', async () => {
    using criterion = await make({ device: watched });
    const [given, out] = [0, 1].map(() => mapped((tensor) => toGpu(watched, tensor)));
    events.length = 0;
    await criterion.valueAndGrad(given, targets, { out });
    // Buffers mapped after a submit are awaited together before the next one; the background has its own submit
    const waits = events.filter((event) => event === 'submit' || event === 'map').join(' ');
    const one = 'submit( map)+';
    // The gradients of pixels, which stay on the device, are behind their sums
    const ofHead = 'flow' in predictions ? `submit ${one} ${one} ${one}` : `submit ${one} ${one}`;
    const needed = hasAssignment ? ofHead : isMean ? one : `${one} submit`;
    expect(waits).toMatch(new RegExp(`^${needed}$`));
  });
});
