import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLosses, type Losses, type Tensor } from '../../src/index.ts';
import { gpuBackends } from '../lib/backends.ts';
import { expectCloseL2 } from '../lib/compare.ts';
import { expectCode } from '../lib/expect-code.ts';
import { testDevice } from '../lib/gpu.ts';
import { COPY_DST, COPY_SRC, fromGpu, STORAGE, toGpu } from '../lib/gpu-buffers.ts';
import type { AnyLoss } from '../lib/loss-backends.ts';
import { buildLossCase, type LossName, lossNames } from '../lib/loss-cases.ts';

// One of the GPU backends is enough: they differ only in how a workgroup adds up
const {
  config: { device },
  bound,
} = gpuBackends[gpuBackends.length - 1];
let losses: Losses;
beforeAll(async () => {
  losses = await createLosses({ device });
});
afterAll(() => losses.dispose());
const named = (name: LossName) => losses[name] as unknown as AnyLoss;
const read = (tensor: unknown) => fromGpu(device, tensor as Tensor<GPUBuffer>);

const shapes: Partial<Record<LossName, number[]>> = {
  multiMargin: [7, 5],
  crossEntropy: [3, 5, 2],
  boxIou: [9],
  bceWithLogits: [4, 3],
};
const caseOf = (name: LossName) => {
  const shape = shapes[name] ?? [6, 5];
  return buildLossCase(name, {
    seed: 5,
    shape,
    options: name === 'boxIou' ? { kind: 'ciou' } : {},
  });
};
const isOnDevice = (name: LossName) => !['crossEntropy', 'multiMargin'].includes(name);

describe('createLosses, GPUBuffers', () => {
  it.each(lossNames)('%s: the bits that arrays give, values and gradient', async (name) => {
    const { input, target, options } = caseOf(name);
    const none = { ...options, reduction: 'none' };
    const expected = await named(name)(input, target, none);
    const truth = isOnDevice(name) ? toGpu(device, target as Tensor, 260) : target;
    const { value, grad } = await named(name)(toGpu(device, input, 4), truth, none);
    const values = expected.value as unknown as Tensor;
    expect(await read(value)).toEqual(values.data);
    expect((value as unknown as Tensor).shape).toEqual(values.shape);
    expect(await read(grad)).toEqual(expected.grad.data);
    expect(grad.shape).toEqual(input.shape);
    const { usage } = (grad as unknown as Tensor<GPUBuffer>).data;
    expect(usage).toBe(STORAGE | COPY_SRC | COPY_DST);
  });

  it.each([0, 4, 260])(
    'out from byte %d on is overwritten, and nothing around it',
    async (offset) => {
      const { input, target } = caseOf('mse');
      const expected = await named('mse')(input, target);
      const filled = { data: input.data.slice().fill(7), shape: input.shape };
      const out = toGpu(device, filled, offset);
      const { grad, value } = await named('mse')(toGpu(device, input), target, { out });
      expect(value).toBe(expected.value);
      expect((grad as unknown as Tensor<GPUBuffer>).data).toBe(out.data);
      expect(await read(grad)).toEqual(expected.grad.data);
      const whole = await read({ data: out.data, shape: [out.data.size / 4] });
      const end = offset / 4 + input.data.length;
      expect([...whole.subarray(0, offset / 4), ...whole.subarray(end)].every((n) => n === 0)).toBe(
        true,
      );
    },
  );

  it('a buffer of another device, or destroyed: GPU_BUFFER names it, and the next call works', async () => {
    const { input, target } = caseOf('mse');
    const other = await testDevice();
    const good = toGpu(device, input);
    await expectCode('GPU_BUFFER', () => named('mse')(toGpu(other, input), target), /input\.data/);
    const foreign = toGpu(other, input);
    await expectCode('GPU_BUFFER', () => named('mse')(good, target, { out: foreign }), /out\.data/);
    const gone = toGpu(device, input);
    gone.data.destroy();
    await expectCode('GPU_BUFFER', () => named('mse')(gone, target));
    expect((await named('mse')(good, target)).value).toBeGreaterThan(0);
    other.destroy();
  });

  it('a buffer that cannot be: each code, before anything is done', async () => {
    const { input, target } = caseOf('mse');
    const good = toGpu(device, input);
    const call = (out: unknown) => () => named('mse')(good, target, { out });
    await expectCode('OUT_ALIASES_INPUT', call(good), /^mse: out needs memory of its own/);
    await expectCode('TENSOR_TYPE', call(input), /^mse: out.data needs a GPUBuffer, as input has/);
    const plain = toGpu(device, input, 0, 0);
    await expectCode('GPU_BUFFER', () => named('mse')(plain, target), /usage STORAGE/);
    const short = { ...good, size: 8 };
    await expectCode('TENSOR_LENGTH', () => named('mse')(short, target), /^mse: input needs/);
    using wasm = await createLosses({ backend: 'wasm' });
    await expectCode('TENSOR_TYPE', () => wasm.mse(good, target as Tensor), /needs a Float32Array/);
  });

  it('a tensor of no element', async () => {
    const empty = toGpu(device, { data: new Float32Array(1), shape: [0, 4] });
    const { value, grad } = await named('mse')(empty, empty, { reduction: 'sum' });
    expect([value, grad.shape]).toEqual([0, [0, 4]]);
  });

  it('a lost device rejects what waits and what comes, with GPU_LOST', async () => {
    const own = await testDevice();
    using lost = await createLosses({ device: own });
    const { input, target } = caseOf('mse');
    const waiting = lost.mse(input, target as Tensor);
    own.destroy();
    await expectCode('GPU_LOST', () => waiting, /^mse: needs its GPU device/);
    await expectCode('GPU_LOST', () => lost.mse(input, target as Tensor));
  });

  it('disposed while it waits: DISPOSED', async () => {
    const own = await createLosses({ device });
    const { input, target } = caseOf('mse');
    const waiting = own.mse(input, target as Tensor);
    own.dispose();
    await expectCode('DISPOSED', () => waiting, /^mse: /);
  });

  it('leaves no error to the page, and no buffer but results behind', async () => {
    const uncaught: string[] = [];
    const onError = (event: GPUUncapturedErrorEvent) => uncaught.push(event.error.message);
    device.addEventListener('uncapturederror', onError);
    const { input, target } = caseOf('l1');
    const gone = toGpu(device, input);
    gone.data.destroy();
    await expectCode('GPU_BUFFER', () => named('l1')(gone, target));
    await named('l1')(input, target);
    await device.queue.onSubmittedWorkDone();
    device.removeEventListener('uncapturederror', onError);
    expect(uncaught).toEqual([]);
  });

  it(`larger than a binding: cut, within ${bound} of what one part gives`, async () => {
    // A device cannot be requested with limits below the defaults, but it can report them
    const limits = { maxStorageBufferBindingSize: 1024, maxBufferSize: 1 << 28 };
    const own = await testDevice();
    const shown = new Proxy(own.limits, {
      get: (all, key) =>
        (limits as Record<PropertyKey, number>)[key] ?? all[key as keyof GPUSupportedLimits],
    });
    Object.defineProperty(own, 'limits', { value: shown });
    using small = await createLosses({ device: own });
    for (const name of [
      'bceWithLogits',
      'crossEntropy',
      'multiMargin',
      'dice',
      'boxIou',
    ] as const) {
      const shape = name === 'crossEntropy' ? [50, 5, 3] : name === 'boxIou' ? [200] : [200, 5];
      const options = name === 'bceWithLogits' ? { posWeight: [1, 2, 3, 4, 5] } : {};
      const { input, target } = buildLossCase(name, { seed: 9, shape, options });
      const none = { ...options, reduction: 'none' };
      const expected = await named(name)(input, target, none);
      const cut = await (small[name] as unknown as AnyLoss)(input, target, none);
      const data = (value: unknown) => (value as Tensor).data;
      expectCloseL2(`${name}, values`, data(cut.value), data(expected.value), bound);
      expectCloseL2(`${name}, grad`, cut.grad.data, expected.grad.data, bound);
    }
    const row = { data: new Float32Array(600), shape: [1, 600] };
    const index = { data: [0], shape: [1] };
    await expectCode('GPU_MEMORY', () => small.crossEntropy(row, index), /one row needs 1 MiB/);
    own.destroy();
  });
});
