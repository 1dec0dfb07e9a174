import { describe, expect, it } from 'vitest';
import { recordDfl } from '../../src/backend/webgpu/record.ts';
import { decodeSide } from '../../src/reference/dfl.ts';
import { expectClose } from '../lib/compare.ts';
import { floatsOf, layouts, oneLevel, PassRunner } from '../lib/gpu-pass.ts';
import { normal, uniforms } from '../lib/random.ts';

/** Absolute error in grid units, for each of the R bins: the precision of a distance in float32. Reached: 8.7e-8. */
const BOUND_A_BIN = 1.5e-7;

const runner = await PassRunner.create(['dfl']);
const UNTOUCHED = 0xdeadbeef;

/** Decodes the distances of the anchors where `cover` is 1: f32 bits [B · A, 4]. */
async function decode(
  layout: 'nchw' | 'nhwc',
  regMax: number,
  grid: [number, number, number],
  data: Float32Array,
  cover: Uint8Array,
): Promise<Uint32Array> {
  const predictions = oneLevel(layout, { regMax, numClasses: 3 }, grid, data);
  const padded = new Uint8Array(Math.ceil(cover.length / 4) * 4);
  padded.set(cover);
  const covers = runner.upload(padded);
  const distances = runner.upload(new Uint32Array(cover.length * 4).fill(UNTOUCHED));
  const place = runner.placeOf(predictions, 5);
  return runner.run(regMax, distances, (recorder) => {
    recordDfl(recorder, place, { cover: covers, distances });
  });
}

describe.each(layouts)('dfl, %s', (layout) => {
  it.each([1, 2, 3, 8, 16, 32])(
    `R = %d: distances within ${BOUND_A_BIN} a bin of the reference, others untouched`,
    async (regMax) => {
      const grid: [number, number, number] = [2, 5, 7];
      const [batch, height, width] = grid;
      const cells = height * width;
      const channels = 4 * regMax + 3;
      for (const std of [1, 10]) {
        const data = normal({ seed: regMax, mean: 0, std }, batch * channels * cells);
        const uniform = uniforms(std);
        const cover = Uint8Array.from({ length: batch * cells }, () => (uniform() < 0.4 ? 1 : 0));
        const words = await decode(layout, regMax, grid, data, cover);
        const distances = floatsOf(words);
        cover.forEach((isCovered, anchor) => {
          const image = Math.floor(anchor / cells);
          for (let side = 0; side < 4; side++) {
            const at = anchor * 4 + side;
            if (!isCovered) {
              expect(words[at]).toBe(UNTOUCHED);
              continue;
            }
            const bins = Array.from({ length: regMax }, (_, j) => {
              return data[(image * channels + side * regMax + j) * cells + (anchor % cells)];
            });
            const { distance } = decodeSide(bins);
            const scale = Math.max(regMax, Math.abs(distance));
            expectClose(`anchor ${anchor}`, distances[at], distance, BOUND_A_BIN, scale);
          }
        });
      }
    },
  );

  it('NaN, ∞ and nothing but −∞ give NaN; −∞ in one bin counts as no chance', async () => {
    const data = new Float32Array(4 * 8 + 3);
    data.set([0, 1, 2, 3, 2, 1, Number.NaN, 0], 0);
    data.set([0, 1, 2, 3, Infinity, 1, 0, 0], 8);
    data.fill(-Infinity, 16, 24);
    const bins = [0, 1, 2, 3, -Infinity, 1, 0, 0];
    data.set(bins, 24);
    const words = await decode(layout, 8, [1, 1, 1], data, Uint8Array.of(1));
    expect([...words.subarray(0, 3)]).toEqual([0x7fc00000, 0x7fc00000, 0x7fc00000]);
    expectClose('distance', floatsOf(words)[3], decodeSide(bins).distance, BOUND_A_BIN, 8);
  });
});
