import { describe, expect, it } from 'vitest';
import { createDetectionLoss, type DetectionLossConfig, type Tensor } from '../../src/index.ts';
import { gpuBackends } from '../lib/backends.ts';
import { expectClose } from '../lib/compare.ts';
import { expectCode } from '../lib/expect-code.ts';
import { testDevice } from '../lib/gpu.ts';
import { COPY_DST, COPY_SRC, fromGpu, STORAGE, toGpu } from '../lib/gpu-buffers.ts';
import { toNhwc } from '../lib/layout.ts';
import { ordinaryProblem } from '../lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();

describe.each(gpuBackends)('createDetectionLoss, GPUBuffers, $name', ({ config: own }) => {
  const { device } = own;
  const create = (more: Partial<DetectionLossConfig> = {}) =>
    createDetectionLoss({ ...config, ...own, ...more });
  const read = (tensors: Tensor<GPUBuffer>[]) =>
    Promise.all(tensors.map((tensor) => fromGpu(device, tensor)));

  it.each(['nchw', 'nhwc'] as const)('%s: the bits that arrays give', async (layout) => {
    using criterion = await create({ layout });
    const arrays = layout === 'nchw' ? feats : feats.map(toNhwc);
    const expected = await criterion.valueAndGrad(arrays, targets);
    const buffers = arrays.map((feat) => toGpu(device, feat));
    const { grads, ...value } = await criterion.valueAndGrad(buffers, targets);
    const { grads: _, ...expectedValue } = expected;
    expect(value).toEqual(expectedValue);
    expect(await criterion.value(buffers, targets)).toEqual(expectedValue);
    expect(await criterion.assign(buffers, targets)).toEqual(expectedValue.assignment);
    expect(grads.map((grad) => grad.shape)).toEqual(arrays.map((feat) => feat.shape));
    expect(await read(grads)).toEqual(expected.grads.map(({ data }) => data));
    expect(grads.map((grad) => grad.data.usage)).toEqual(
      grads.map(() => STORAGE | COPY_SRC | COPY_DST),
    );
  });

  it('arrays in shared memory: the bits of ordinary ones', async () => {
    using criterion = await create();
    const expected = await criterion.valueAndGrad(feats, targets);
    const shared = feats.map(({ data, shape }) => {
      const copy = new Float32Array(new SharedArrayBuffer(data.byteLength));
      copy.set(data);
      return { data: copy, shape };
    });
    expect(await criterion.valueAndGrad(shared, targets)).toEqual(expected);
  });

  // 4 and 260: what is bound begins in front of the tensor
  it.each([4, 256, 260])('a tensor from byte %d on, in and out', async (offset) => {
    using criterion = await create();
    const expected = await criterion.valueAndGrad(feats, targets);
    const buffers = feats.map((feat) => toGpu(device, feat, offset));
    const out = feats.map((feat) => {
      const filled = { data: feat.data.slice().fill(7), shape: feat.shape };
      return toGpu(device, filled, offset);
    });
    const near = feats.map((feat) => toGpu(device, feat));
    expect((await criterion.valueAndGrad(near, targets, { out })).total).toBe(expected.total);
    const { grads, total } = await criterion.valueAndGrad(buffers, targets, { out });
    // Elsewhere in memory logits are summed in another order, one by one instead of in fours.
    expectClose('total', total, expected.total, 1e-6);
    expect(grads).toEqual(out);
    expect(await read(grads)).toEqual(expected.grads.map(({ data }) => data));
    const whole = await fromGpu(device, { data: out[0].data, shape: [out[0].data.size / 4] });
    const around = [
      ...whole.subarray(0, offset / 4),
      ...whole.subarray(offset / 4 + feats[0].data.length),
    ];
    expect(around.every((value) => value === 0)).toBe(true);
  });

  it('all levels in one buffer, all gradients in another', async () => {
    using criterion = await create();
    const expected = await criterion.valueAndGrad(feats, targets);
    const usage = STORAGE | COPY_SRC | COPY_DST;
    const size = feats.reduce((sum, { data }) => sum + data.byteLength, 0);
    const [input, output] = [0, 1].map(() => device.createBuffer({ size, usage }));
    let offset = 0;
    const parts = feats.map(({ data, shape }) => {
      device.queue.writeBuffer(input, offset, data as Float32Array<ArrayBuffer>);
      const part = { shape, offset, size: data.byteLength };
      offset += data.byteLength;
      return part;
    });
    const { grads } = await criterion.valueAndGrad(
      parts.map((part) => ({ ...part, data: input })),
      targets,
      { out: parts.map((part) => ({ ...part, data: output })) },
    );
    expect(await read(grads)).toEqual(expected.grads.map(({ data }) => data));
  });

  it('some levels in buffers, others in arrays', async () => {
    using criterion = await create();
    const expected = await criterion.valueAndGrad(feats, targets);
    const mixed: Tensor<Float32Array | GPUBuffer>[] = [feats[0], toGpu(device, feats[1]), feats[2]];
    const { grads, total } = await criterion.valueAndGrad(mixed, targets);
    expect(total).toBe(expected.total);
    expect(grads[2].data).toEqual(expected.grads[2].data);
    const middle = await fromGpu(device, grads[1] as Tensor<GPUBuffer>);
    expect(middle).toEqual(expected.grads[1].data);
  });

  it('checkFinite names level, image and channel, and nothing is written', async () => {
    using criterion = await create({ checkFinite: true });
    const data = feats[1].data.slice();
    data[(2 * 37 + 33) * 24 + 5] = Number.NEGATIVE_INFINITY;
    data[(2 * 37 + 34) * 24 + 5] = Number.NaN;
    const good = feats.map((feat) => toGpu(device, feat));
    const broken = [good[0], toGpu(device, { ...feats[1], data }), good[2]];
    const out = good.map((feat, l) => {
      return toGpu(device, { data: feats[l].data.slice().fill(7), shape: feat.shape });
    });
    await expectCode(
      'NOT_FINITE',
      () => criterion.valueAndGrad(broken, targets, { out }),
      /feats\[1\] holds NaN or infinity in image 2, channel 33/,
    );
    for (const values of await read(out)) expect(values.every((value) => value === 7)).toBe(true);
    await criterion.value(good, targets);
  });

  it('a buffer of another device: GPU_BUFFER names it, and the next call works', async () => {
    using criterion = await create();
    const other = await testDevice();
    const good = feats.map((feat) => toGpu(device, feat));
    const mixed = [good[0], toGpu(other, feats[1]), good[2]];
    await expectCode('GPU_BUFFER', () => criterion.value(mixed, targets), /feats\[1\]\.data/);
    const out = [good[0], toGpu(other, feats[1]), good[2]].map((feat) => feat);
    const outs = [toGpu(device, feats[0]), out[1], toGpu(device, feats[2])];
    await expectCode(
      'GPU_BUFFER',
      () => criterion.valueAndGrad(good, targets, { out: outs }),
      /out\[1\]\.data/,
    );
    expect(await fromGpu(device, outs[0])).toEqual(feats[0].data);
    expect((await criterion.value(good, targets)).total).toBeGreaterThan(0);
    other.destroy();
  });

  it('a destroyed buffer: GPU_BUFFER, and the next call works', async () => {
    using criterion = await create();
    const good = feats.map((feat) => toGpu(device, feat));
    const gone = toGpu(device, feats[2]);
    gone.data.destroy();
    await expectCode('GPU_BUFFER', () => criterion.value([good[0], good[1], gone], targets));
    expect((await criterion.value(good, targets)).total).toBeGreaterThan(0);
  });

  it('a buffer that cannot be: each code, before anything is done', async () => {
    using criterion = await create();
    const good = feats.map((feat) => toGpu(device, feat));
    const withLast = (tensor: Tensor<GPUBuffer>) => () =>
      criterion.value([good[0], good[1], tensor], targets);
    const plain = toGpu(device, feats[2], 0, 0);
    await expectCode('GPU_BUFFER', withLast(plain), /feats\[2\].*usage STORAGE, got usage 12/);
    const { data, shape } = good[2];
    await expectCode('TENSOR_LENGTH', withLast({ data, shape, offset: 2 }), /multiple of 4/);
    await expectCode('TENSOR_LENGTH', withLast({ data, shape, offset: 4 }));
    await expectCode('TENSOR_LENGTH', withLast({ data, shape, size: 8 }));
    await expectCode(
      'TENSOR_LENGTH',
      withLast({ data: good[1].data, shape, size: good[1].data.size }),
    );
    const call = (out: Tensor<GPUBuffer | Float32Array>[]) => () =>
      criterion.valueAndGrad<GPUBuffer | Float32Array>(good, targets, { out });
    await expectCode('OUT_ALIASES_INPUT', call(good));
    await expectCode('TENSOR_TYPE', call(feats), /out\[0\].*needs a GPUBuffer/);
    using wasm = await createDetectionLoss({ ...config, backend: 'wasm' });
    await expectCode('TENSOR_TYPE', () => wasm.value(good, targets), /needs a Float32Array/);
  });
});
