import { describe, expect, it } from 'vitest';
import { expectCode } from '../lib/expect-code.ts';
import { useLosses } from '../lib/loss-backends.ts';
import { floats, indices, oneBackend, testWrong, type Wrong } from '../lib/wrong-calls.ts';

const x = floats(2, 3);

testWrong([
  ['mse', x, x, { reduction: 'avg' }, 'INVALID_OPTION', /^mse: reduction needs one of 'none'/],
  [
    'huber',
    x,
    x,
    { delta: 0 },
    'INVALID_OPTION',
    /^huber: delta needs a finite number above 0, got 0$/,
  ],
  ['huber', x, x, { delta: -1 }, 'INVALID_OPTION', /^huber: delta needs a finite number above 0/],
  ['huber', x, x, { delta: null }, 'INVALID_OPTION', /^huber: delta needs .*, got null$/],
  ['bceWithLogits', x, x, { weight: null }, 'INVALID_OPTION', /^bceWithLogits: weight .* null$/],
  ['multiMargin', x, indices(0, 1), { p: null }, 'INVALID_OPTION', /^multiMargin: p .* got null$/],
  ['smoothL1', x, x, { beta: Number.NaN }, 'INVALID_OPTION', /^smoothL1: beta needs a finite/],
  [
    'focal',
    x,
    x,
    { alpha: 1.1 },
    'INVALID_OPTION',
    /^focal: alpha needs a finite number from 0 to 1/,
  ],
  ['focal', x, x, { gamma: 101 }, 'INVALID_OPTION', /^focal: gamma needs .* from 0 to 100/],
  ['varifocal', x, x, { gamma: '2' }, 'INVALID_OPTION', /^varifocal: gamma needs/],
  ['qualityFocal', x, x, { beta: -1 }, 'INVALID_OPTION', /^qualityFocal: beta needs/],
  ['dice', x, x, { smooth: -1 }, 'INVALID_OPTION', /^dice: smooth needs/],
  [
    'bceWithLogits',
    x,
    x,
    { posWeight: [1, 2] },
    'INVALID_OPTION',
    /^bceWithLogits: posWeight needs an array of 1 or 3 or 6 \(trailing axes\), .* got \[1, 2\]$/,
  ],
  ['bceWithLogits', x, x, { weight: [-1] }, 'INVALID_OPTION', /^bceWithLogits: weight needs/],
  [
    'bceWithLogits',
    x,
    x,
    { posWeight: [1.1e60] },
    'INVALID_OPTION',
    /0 or from 1e-60 to 1e60, got/,
  ],
  ['bceWithLogits', x, x, { posWeight: [1e-61] }, 'INVALID_OPTION', /posWeight needs/],
  ...[5e-324, 1e-309, 9e-302, 1.1e301, 1.7e308].flatMap((n): Wrong[] => [
    ['bceWithLogits', x, x, { weight: [n] }, 'INVALID_OPTION', /weight needs/],
    [
      'crossEntropy',
      x,
      indices(0, 0),
      { weight: [1, n, 1] },
      'INVALID_OPTION',
      /^crossEntropy: weight needs .*, numbers that are 0 or from 1e-301 to 1e301, got/,
    ],
    ['multiMargin', x, indices(0, 0), { weight: [n, 1, 1] }, 'INVALID_OPTION', /weight needs/],
  ]),
  [
    'bceWithLogits',
    x,
    x,
    { weight: 2 },
    'INVALID_OPTION',
    /^bceWithLogits: weight needs .* got 2$/,
  ],
  [
    'crossEntropy',
    x,
    indices(0, 0),
    { weight: [1, 2] },
    'INVALID_OPTION',
    /weight needs an array of 3/,
  ],
  ['crossEntropy', x, indices(0, 0), { labelSmoothing: 2 }, 'INVALID_OPTION', /labelSmoothing/],
  [
    'crossEntropy',
    x,
    indices(0, 0),
    { ignoreIndex: 0.5 },
    'INVALID_OPTION',
    /ignoreIndex needs an integer/,
  ],
  [
    'multiMargin',
    x,
    indices(0, 0),
    { p: 3 },
    'INVALID_OPTION',
    /^multiMargin: p needs 1 or 2, got 3$/,
  ],
  [
    'boxIou',
    floats(2, 4),
    floats(2, 4),
    { kind: 'IoU' },
    'INVALID_OPTION',
    /^boxIou: kind needs one of/,
  ],
]);

describe.each(oneBackend)('$name: options', ({ config }) => {
  const named = useLosses(config);

  it('options of null are an error, undefined ones are none', async () => {
    await expectCode('INVALID_OPTION', () => named('mse')(x, x, null as never), /options needs/);
    const { value } = await named('mse')(x, floats(2, 3), {
      reduction: undefined,
      out: undefined,
    });
    expect(value).toBe(0);
  });
});
