import { describe, expect, it } from 'vitest';
import {
  createDetectionLoss,
  type JoinHeadOptions,
  joinHead,
  type Layout,
  type SplitHeadOptions,
  splitHead,
  type Tensor,
} from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';
import { testDevice } from '../lib/gpu.ts';
import { fromGpu, toGpu } from '../lib/gpu-buffers.ts';
import { toNhwc } from '../lib/layout.ts';
import { ordinaryProblem } from '../lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();
const IMAGE_SIZE = [96, 64] as const;
const layouts: Layout[] = ['nchw', 'nhwc'];
const levelsIn = (layout: Layout) => (layout === 'nhwc' ? feats.map(toNhwc) : feats);

/** A value of the head by definition: channel c of anchor a of image b. */
function concatenated(layout: Layout, images = 3): Tensor {
  const [batch, channels] = [images, feats[0].shape[1]];
  const values: number[][][] = [];
  for (let b = 0; b < batch; b++) {
    values.push(
      Array.from({ length: channels }, (_, c) =>
        feats.flatMap(({ data, shape: [, , height, width] }) => {
          const cells = height * width;
          return [...data.subarray((b * channels + c) * cells, (b * channels + c + 1) * cells)];
        }),
      ),
    );
  }
  const anchors = values[0][0].length;
  if (layout === 'nchw') {
    return { data: Float32Array.from(values.flat(2)), shape: [batch, channels, anchors] };
  }
  const turned = values.map((image) => image[0].map((_, a) => image.map((row) => row[a])));
  return { data: Float32Array.from(turned.flat(2)), shape: [batch, anchors, channels] };
}

describe.each(layouts)('splitHead and joinHead, %s', (layout) => {
  const options: SplitHeadOptions = { imageSize: IMAGE_SIZE, layout };

  it('every value of every level, and back', () => {
    const head = concatenated(layout);
    const levels = splitHead(head, options);
    expect(levels).toEqual(levelsIn(layout));
    expect(joinHead(levels, { layout })).toEqual(head);
  });

  it('the gradient of the whole is the joined gradient of the levels', async () => {
    const criterion = await createDetectionLoss({ ...config, layout, backend: 'wasm' });
    const levels = splitHead(concatenated(layout), options);
    const { grads } = criterion.valueAndGradSync(levels, targets);
    const expected = criterion.valueAndGradSync(levelsIn(layout), targets).grads;
    expect(splitHead(joinHead(grads, { layout }), options)).toEqual(expected);
  });

  it('in buffers, from any offset: every value of every level, and back', async () => {
    const device = await testDevice();
    const head = concatenated(layout);
    const onGpu = { ...options, device };
    const levels = await splitHead(toGpu(device, head, 256), onGpu);
    const read = await Promise.all(levels.map((level) => fromGpu(device, level)));
    expect(read).toEqual(levelsIn(layout).map(({ data }) => data));
    const back = await joinHead(levels, { layout, device });
    expect(await fromGpu(device, back)).toEqual(head.data);
    expect(back.shape).toEqual(head.shape);
    device.destroy();
  });

  it('out: overwritten and handed back, in arrays and in parts of a buffer', async () => {
    const head = concatenated(layout);
    const levels = levelsIn(layout).map(empty);
    const given = splitHead(head, { ...options, out: levels });
    expect(given.map(({ data }) => data)).toEqual(levels.map(({ data }) => data));
    expect(given.every(({ data }, l) => data === levels[l].data)).toBe(true);
    expect(levels).toEqual(levelsIn(layout));
    const joined = empty(head);
    expect(joinHead(levels, { layout, out: joined }).data).toBe(joined.data);
    expect(joined).toEqual(head);

    const device = await testDevice();
    const onGpu = toGpu(device, head, 256);
    // All levels in one buffer, one after another
    const pool = toGpu(device, { data: new Float32Array(head.data.length), shape: [1] });
    let offset = 0;
    const out = levels.map(({ data, shape }) => {
      const level = { data: pool.data, shape, offset, size: data.byteLength };
      offset += data.byteLength;
      return level;
    });
    expect(await splitHead(onGpu, { ...options, device, out })).toEqual(out);
    const read = await Promise.all(out.map((level) => fromGpu(device, level)));
    expect(read).toEqual(levels.map(({ data }) => data));
    const back = toGpu(device, joined, 64);
    await joinHead(out, { layout, device, out: back });
    expect(await fromGpu(device, back)).toEqual(head.data);
    device.destroy();
  });
});

function empty({ data, shape }: Tensor): Tensor {
  return { data: new Float32Array(data.length), shape };
}

describe('splitHead', () => {
  it("of one image, layout 'nhwc', gives parts of the head's memory", async () => {
    const head = concatenated('nhwc', 1);
    const options: SplitHeadOptions = { imageSize: IMAGE_SIZE, layout: 'nhwc' };
    const levels = splitHead(head, options);
    expect(levels.map(({ data }) => data.buffer)).toEqual(Array(3).fill(head.data.buffer));
    const whole = Float32Array.from(levels.flatMap(({ data }) => [...data]));
    expect(whole).toEqual(head.data);
    const device = await testDevice();
    const onGpu = toGpu(device, head);
    const parts = await splitHead(onGpu, { ...options, device });
    expect(parts.map(({ data }) => data)).toEqual(Array(3).fill(onGpu.data));
    const read = await Promise.all(parts.map((part) => fromGpu(device, part)));
    expect(read.map((data) => [...data])).toEqual(levels.map(({ data }) => [...data]));
    device.destroy();
  });

  it('rounds grids up where a stride does not divide the image', () => {
    const anchors = 5 * 4 + 3 * 2;
    const head = { data: new Float32Array(2 * anchors), shape: [1, 2, anchors] };
    const levels = splitHead(head, { imageSize: [33, 25], strides: [7, 13] });
    expect(levels.map(({ shape }) => shape)).toEqual([
      [1, 2, 5, 4],
      [1, 2, 3, 2],
    ]);
  });

  const head = concatenated('nchw');
  const right: SplitHeadOptions = { imageSize: IMAGE_SIZE };
  const inMemoryOf =
    (other: Tensor) =>
    ({ data, shape }: Tensor) => ({ data: other.data.subarray(0, data.length), shape });
  it.each([
    ['no tensor', 'TENSOR_TYPE', null, right, /head needs \{ data, shape \}/],
    [
      'levels',
      'TENSOR_SHAPE',
      feats[0],
      right,
      /needs an array of 3 positive integers \[B, c, A\]/,
    ],
    ['another length', 'TENSOR_LENGTH', { ...head, data: head.data.subarray(1) }, right, /values/],
    [
      'another image size',
      'TENSOR_SHAPE',
      head,
      { imageSize: 64 },
      /needs 84 anchors \(8×8 \+ 4×4 \+ 2×2, for 64×64 px at strides 8, 16, 32\) in \[B, c, A\], got 126/,
    ],
    [
      'channels last',
      'TENSOR_SHAPE',
      { ...head, shape: [3, 126, 37] },
      right,
      /needs 126 anchors .* got 37 in \[3,126,37\]: layout 'nhwc'\?$/,
    ],
    ['no image size', 'INVALID_OPTION', head, {}, /imageSize/],
    ['three sizes', 'INVALID_OPTION', head, { imageSize: [96, 64, 1] }, /\[height, width\]/],
    ['an unknown option', 'UNKNOWN_OPTION', head, { ...right, stride: [8] }, /stride;/],
    [
      'out of two levels',
      'LEVEL_COUNT',
      head,
      { ...right, out: feats.slice(1) },
      /list of 3 tensors/,
    ],
    [
      'out of other shapes',
      'TENSOR_SHAPE',
      head,
      { ...right, out: [...feats].reverse() },
      /out\[0\] needs the shape \[3,37,12,8\] of level 0 of the head, got \[3,37,3,2\]/,
    ],
    [
      'out in memory of the head',
      'OUT_ALIASES_INPUT',
      head,
      { ...right, out: feats.map(inMemoryOf(head)) },
      /out\[0\] needs memory of its own, got memory shared with head/,
    ],
    [
      'out of one memory',
      'OUT_ALIASES_INPUT',
      head,
      { ...right, out: feats.map(inMemoryOf(feats[0])) },
      /out\[1\] needs memory of its own, got memory shared with out\[0\]/,
    ],
  ] as const)('%s: %s', async (_, code, given, options, message) => {
    const call = () => splitHead(given as Tensor, options as SplitHeadOptions);
    await expectCode(code, call, message);
  });

  it('buffers without their device: INVALID_OPTION; without COPY_SRC: GPU_BUFFER', async () => {
    const device = await testDevice();
    const onGpu = toGpu(device, head);
    await expectCode('INVALID_OPTION', () => splitHead(onGpu, right), /device needs the GPUDevice/);
    const data = device.createBuffer({ size: head.data.byteLength, usage: 0x80 });
    const options = { ...right, device };
    await expectCode('GPU_BUFFER', () => splitHead({ ...head, data }, options), /COPY_SRC/);
    const size = head.data.byteLength;
    const out = feats.map(({ shape }) => ({
      shape,
      data: device.createBuffer({ size, usage: 0x80 | 0x04 }),
    }));
    await expectCode('GPU_BUFFER', () => splitHead(onGpu, { ...options, out }), /COPY_DST/);
    await expectCode(
      'TENSOR_TYPE',
      () => splitHead(onGpu, { ...options, out: feats }),
      /GPUBuffer/,
    );
    device.destroy();
  });
});

describe('buffers that the device does not take', () => {
  it.each(['destroyed', 'of another device'])(
    '%s: GPU_BUFFER of splitHead and joinHead, nothing uncaptured',
    async (what) => {
      const [device, stranger] = [await testDevice(), await testDevice()];
      const uncaptured: string[] = [];
      device.onuncapturederror = ({ error }) => uncaptured.push(error.message);
      const source = what === 'destroyed' ? device : stranger;
      const head = toGpu(source, concatenated('nchw'));
      const levels = feats.map((level) => toGpu(source, level));
      if (what === 'destroyed') for (const { data } of [head, ...levels]) data.destroy();
      const options = { imageSize: IMAGE_SIZE, device };
      await expectCode('GPU_BUFFER', () => splitHead(head, options), /^splitHead: /);
      await expectCode('GPU_BUFFER', () => joinHead(levels, { device }), /^joinHead: /);
      expect(uncaptured).toEqual([]);
      device.destroy();
      stranger.destroy();
    },
  );

  it('a lost device: GPU_LOST', async () => {
    const device = await testDevice();
    const head = toGpu(device, concatenated('nchw'));
    device.destroy();
    await device.lost;
    const options = { imageSize: IMAGE_SIZE, device };
    await expectCode('GPU_LOST', () => splitHead(head, options), /^splitHead: /);
  });
});

describe('joinHead', () => {
  const other = { data: new Float32Array(4), shape: [1, 4, 1, 1] };
  const memory = { data: new Float32Array(3 * 37 * 126), shape: [3, 37, 126] };
  const [{ shape }, ...others] = feats;
  const within = [{ data: memory.data.subarray(0, 3 * 37 * 96), shape }, ...others];
  it.each([
    ['one tensor', 'LEVEL_COUNT', feats[0], {}, /needs a list of tensors/],
    ['no level', 'LEVEL_COUNT', [], {}, /needs a list of tensors/],
    ['a head', 'TENSOR_SHAPE', [concatenated('nchw')], {}, /needs an array of 4 positive integers/],
    ['other images', 'TENSOR_SHAPE', [feats[0], other], {}, /levels\[1\] needs 3 images and 37 /],
    [
      'out of another shape',
      'TENSOR_SHAPE',
      feats,
      { out: other },
      /out needs the shape \[3,37,126\] of the levels/,
    ],
    ['out in memory of a level', 'OUT_ALIASES_INPUT', within, { out: memory }, /with levels\[0\]/],
    ['an unknown layout', 'INVALID_OPTION', feats, { layout: 'NCHW' }, /'nchw', 'nhwc'/],
  ] as const)('%s: %s', async (_, code, levels, options, message) => {
    const call = () => joinHead(levels as unknown as Tensor[], options as JoinHeadOptions);
    await expectCode(code, call, message);
  });

  it('arrays and buffers: TENSOR_TYPE', async () => {
    const device = await testDevice();
    const mixed = [feats[0], toGpu(device, feats[1])] as Tensor[];
    await expectCode('TENSOR_TYPE', () => joinHead(mixed, { device }), /some of each/);
    device.destroy();
  });
});
