import { describe, expect, it } from 'vitest';
import { createDepthLoss, type DepthTargets } from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';
import { depth } from '../lib/tasks/depth.ts';

const { predictions, targets } = depth.ordinary;
const { depth: truth } = targets as DepthTargets;
const given = predictions as Parameters<typeof criterion.value>[0];
const criterion = await createDepthLoss();

describe('createDepthLoss', () => {
  it('runs on WASM, and says so', () => {
    expect([criterion.backend, criterion.backendReason]).toEqual([
      'wasm',
      'the depth loss runs on WASM alone',
    ]);
  });

  it('fewer than 10 depths that count: 0, also where predictions are NaN, and gradients are overwritten', async () => {
    const shape = [1, 3, 4];
    const few = { depth: { data: new Float32Array(12).fill(2, 0, 9), shape } };
    const ten = { depth: { data: new Float32Array(12).fill(2, 0, 10), shape } };
    const ones = { depth: { data: new Float32Array(12).fill(1), shape: [1, 1, 3, 4] } };
    const lost = { depth: { data: new Float32Array(12).fill(Number.NaN), shape: [1, 1, 3, 4] } };
    const out = { depth: { data: new Float32Array(12).fill(7), shape: [1, 1, 3, 4] } };
    const result = await criterion.valueAndGrad(lost, few, { out });
    expect(result.total).toBe(0);
    expect(out.depth.data).toEqual(new Float32Array(12));
    expect((await criterion.value(ones, ten)).items.dlog).toBeGreaterThan(0);
    expect((await criterion.value(lost, ten)).total).toBeNaN();
  });

  it('a scaled prediction costs nothing where lambda is 1', async () => {
    const { data, shape } = given.depth;
    const doubled = { depth: { data: data.map((x) => 2 * Math.abs(x) + 1), shape } };
    const fourfold = { depth: { data: doubled.depth.data.map((x) => 2 * x), shape } };
    const { total } = await criterion.value(doubled, { depth: truth });
    expect((await criterion.value(fourfold, { depth: truth })).total).toBeCloseTo(total, 12);
    using strict = await createDepthLoss({ lambda: 0 });
    const one = await strict.value(doubled, { depth: truth });
    expect((await strict.value(fourfold, { depth: truth })).total).toBeGreaterThan(one.total);
  });

  it.each([
    ['no targets', 'TARGET_TYPE', undefined, /value: targets needs \{ depth \}, got undefined$/],
    ['no tensor', 'TARGET_TYPE', { depth: truth.data }, /depth needs \{ data, shape \}/],
    ['another batch', 'TENSOR_SHAPE', { depth: { ...truth, shape: [1, 24, 13] } }, /\[B, H, W\]/],
    [
      'a channel axis',
      'TENSOR_SHAPE',
      { depth: { ...truth, shape: [3, 1, 8, 13] } },
      /targets\.depth/,
    ],
  ] as const)('%s: %s', async (_, code, broken, message) => {
    const call = () => criterion.value(given, broken as unknown as DepthTargets);
    await expectCode(code, call, message);
  });

  it.each([
    [{ backend: 'webgpu' }, 'INVALID_OPTION', /backend needs 'auto' or 'wasm', on which alone/],
    [{ device: {} }, 'INVALID_OPTION', /device needs none, because this loss runs on WASM alone/],
    [{ lambda: 1.5 }, 'INVALID_OPTION', /lambda needs a finite number from 0 to 1/],
    [{ gains: { dlam: 1 } }, 'UNKNOWN_OPTION', /gains\.dlam/],
  ] as const)('%j: ConfigError %s', async (config, code, message) => {
    await expectCode(code, () => createDepthLoss(config as never), message);
  });
});
