import { describe, expect, it } from 'vitest';
import { keepLearnable } from '../../src/validate/keep-learnable.ts';

describe('keepLearnable', () => {
  it('keeps, in their order, what is at least 2 px on both sides', () => {
    const sizes = [
      [2, 2],
      [1.9, 40],
      [40, 1.9],
      [40, 2],
      [0, 0],
      [3, 3],
    ];
    const image = { imageWidth: 128, imageHeight: 64 };
    const boxOf = ([w, h]: number[], n: number) => [n / 8, 0.5, w / 128, h / 64];
    const targets = {
      offsets: Int32Array.of(0, 3, 3, 5, 6),
      source: Int32Array.of(4, 0, 1, 5, 2, 3),
      cls: Int32Array.of(7, 6, 5, 4, 3, 2),
      boxes: Float64Array.from(sizes.flatMap(boxOf)),
      angles: Float64Array.of(0, 1, 2, 3, 4, 5),
      weights: Float64Array.of(0, 0.1, 0.2, 0.3, 0.4, 0.5),
      ignore: Uint8Array.of(0, 0, 0, 1, 0, 1),
      given: 6,
    };
    expect(keepLearnable(targets, image, 2)).toEqual({
      offsets: Int32Array.of(0, 1, 1, 2, 3),
      source: Int32Array.of(4, 5, 3),
      cls: Int32Array.of(7, 4, 2),
      boxes: Float64Array.from([0, 3, 5].flatMap((n) => boxOf(sizes[n], n))),
      angles: Float64Array.of(0, 3, 5),
      weights: Float64Array.of(0, 0.3, 0.5),
      ignore: Uint8Array.of(0, 1, 1),
      given: 6,
    });
    expect(keepLearnable(targets, image, 0)).toEqual(targets);
  });
});
