import { describe, expect, it } from 'vitest';
import { createSemanticLoss, type SemanticTargets } from '../../src/index.ts';
import { expectCode } from '../lib/expect-code.ts';
import { bitsOf, expectBits } from '../lib/same-bits.ts';
import { semantic } from '../lib/tasks/semantic.ts';

const { options, predictions, targets } = semantic.ordinary;
const labels = (targets as SemanticTargets).labels;
const { logits, auxiliary } = predictions as Parameters<typeof criterion.value>[0];
const criterion = await createSemanticLoss({ ...options, numClasses: 5, backend: 'wasm' });

describe('createSemanticLoss', () => {
  it('has no assign, and gives no gradient of auxiliary logits that were not given', async () => {
    expect('assign' in criterion).toBe(false);
    const { items, grads } = await criterion.valueAndGrad({ logits }, targets as SemanticTargets);
    expect(items.aux).toBe(0);
    expect(Object.keys(grads)).toEqual(['logits']);
  });

  it('any integer array of labels, and any index to ignore, give the same bits', async () => {
    const expected = bitsOf(await criterion.valueAndGrad({ logits, auxiliary }, { labels }));
    const { data, shape } = labels;
    for (const ignoreIndex of [-1, -100, 5, 2 ** 40]) {
      using own = await createSemanticLoss({ ...options, numClasses: 5, ignoreIndex });
      const list = Array.from(data, (label) => (label === 255 ? ignoreIndex : label));
      for (const given of [list, Float64Array.from(list)]) {
        const called = await own.valueAndGrad(
          { logits, auxiliary },
          { labels: { data: given, shape } },
        );
        expectBits(called, expected);
      }
    }
  });

  it('an index to ignore that is a class: its pixels do not count', async () => {
    using own = await createSemanticLoss({ numClasses: 5, ignoreIndex: 2 });
    using other = await createSemanticLoss({ numClasses: 5 });
    const { shape } = labels;
    const zeroToFour = Array.from(labels.data, (label) => label % 5);
    const without = zeroToFour.map((label) => (label === 2 ? 255 : label));
    const given = (data: number[]) => ({ labels: { data, shape } });
    const { total } = await other.value({ logits }, given(without));
    expect((await own.value({ logits }, given(zeroToFour))).total).toBe(total);
  });

  it.each([
    ['no targets', 'TARGET_TYPE', undefined, /value: targets needs \{ labels \}, got undefined$/],
    ['another key', 'TARGET_TYPE', { labels, masks: labels }, /unknown key targets\.masks/],
    ['no tensor', 'TARGET_TYPE', { labels: labels.data }, /labels needs \{ data, shape \}/],
    ['another batch', 'TENSOR_SHAPE', { labels: { ...labels, shape: [1, 7, 27] } }, /\[B, H, W\]/],
    [
      'class C',
      'TARGET_CLASS',
      { labels: { ...labels, data: Array.from(labels.data).fill(5, 3, 4) } },
      /labels\.data\[3\] needs an integer from 0 to 4 or the ignoreIndex 255, got 5/,
    ],
    [
      'a fraction',
      'TARGET_CLASS',
      { labels: { ...labels, data: Array.from(labels.data).fill(0.5, 3, 4) } },
      /got 0\.5/,
    ],
  ] as const)('%s: %s', async (_, code, broken, message) => {
    const call = () => criterion.value({ logits }, broken as unknown as SemanticTargets);
    await expectCode(code, call, message);
  });

  it('labels of 8 bits for more than 256 classes: TARGET_CLASS', async () => {
    using many = await createSemanticLoss({ numClasses: 300, backend: 'wasm' });
    const given = { data: new Float32Array(300 * 4), shape: [1, 300, 2, 2] };
    const small = { labels: { data: new Uint8Array(4), shape: [1, 2, 2] } };
    await expectCode('TARGET_CLASS', () => many.value({ logits: given }, small), /hold 299/);
  });

  it.each([
    [{ numClasses: 0 }, 'INVALID_OPTION', /numClasses/],
    [{ ignoreIndex: 0.5 }, 'INVALID_OPTION', /ignoreIndex needs an integer, got 0\.5/],
    [{ classWeights: [1, 2] }, 'INVALID_OPTION', /classWeights needs an array of 5, one per class/],
    [{ auxiliaryGain: -1 }, 'INVALID_OPTION', /auxiliaryGain/],
    [{ gains: {} }, 'UNKNOWN_OPTION', /gains/],
  ] as const)('%j: ConfigError %s', async (more, code, message) => {
    await expectCode(code, () => createSemanticLoss({ numClasses: 5, ...more }), message);
  });
});
