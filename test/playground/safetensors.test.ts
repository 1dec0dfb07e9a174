import { expect, it } from 'vitest';
import { fromBfloat, fromHalf, toHalf } from '../../examples/lib/float16.mjs';
import { parseSafetensors } from '../../examples/lib/safetensors.mjs';
import { writeSafetensors } from '../../examples/lib/write-safetensors.mjs';

const NEGATIVE = 0x8000;
const INFINITE = 0x7c00;

it('toHalf gives back the bits of every half-precision number', () => {
  const positive = Array.from({ length: INFINITE + 1 }, (_, bits) => bits);
  const all = [...positive, ...positive.map((bits) => bits | NEGATIVE)];
  expect(all.filter((bits) => toHalf(fromHalf(bits)) !== bits)).toEqual([]);
  expect(fromHalf(0x7e00)).toBeNaN();
  expect(toHalf(NaN)).toBe(0x7e00);
});

// Largest, smallest and ties, by IEEE 754
it.each([
  [1, 0x3c00],
  [-2, 0xc000],
  [0.1, 0x2e66],
  [65504, 0x7bff],
  [65519.9, 0x7bff],
  [65520, INFINITE],
  [-1e9, INFINITE | NEGATIVE],
  [2 ** -14, 0x0400],
  [2 ** -14 - 2 ** -26, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [2 ** -25 + 2 ** -40, 0x0001],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [2 - 2 ** -12, 0x4000],
])('toHalf(%f) is the nearest, of two the even one', (value, bits) => {
  expect(toHalf(value)).toBe(bits);
});

it('fromBfloat widens to float32', () => {
  expect([0x3f80, 0xc049, 0xff80, 0x0001].map(fromBfloat)).toEqual([
    1,
    -3.140625,
    -Infinity,
    2 ** -133,
  ]);
});

it('parseSafetensors reads what writeSafetensors wrote, F16 and BF16 as float32', () => {
  const written = {
    wide: { data: Float32Array.of(0.5, -1e-9), shape: [2] },
    short: { data: Uint16Array.of(0x3c00, 0xc000, 0x2e66), shape: [3, 1] },
    whole: { data: Int32Array.of(-7), shape: [1] },
    bytes: { data: Uint8Array.of(255), shape: [1] },
  };
  const file = writeSafetensors(written, { names: '["é"]' });
  const { tensors, metadata } = parseSafetensors(file);
  expect(metadata).toEqual({ names: '["é"]' });
  expect(tensors).toEqual({
    ...written,
    short: { data: Float32Array.of(1, -2, fromHalf(0x2e66)), shape: [3, 1] },
  });
  const text = new TextDecoder('latin1').decode(file).replace('"F16"', '"BF16"').replace('} ', '}');
  const brain = parseSafetensors(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
  expect([...brain.tensors.short.data]).toEqual([0x3c00, 0xc000, 0x2e66].map(fromBfloat));
});
