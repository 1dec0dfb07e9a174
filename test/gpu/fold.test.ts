import { describe, expect, it } from 'vitest';
import { partialStruct, sumsStruct } from '../../src/backend/webgpu/generated/shared.ts';
import { recordFold } from '../../src/backend/webgpu/record.ts';
import { readSums } from '../../src/backend/webgpu/sums.ts';
import { expectClose } from '../lib/compare.ts';
import { PassRunner } from '../lib/gpu-pass.ts';
import { uniforms } from '../lib/random.ts';

/** Error relative to the sum of magnitudes: two float32 hold 48 bits. Reached: 1.3e-15. */
const BOUND = 1e-14;

const runner = await PassRunner.create(['fold']);

async function fold(partials: Float32Array, flags: (slot: number) => number) {
  const slots = partials.length / 4;
  const pitch = partialStruct.bytes / 4;
  const words = new Uint32Array(slots * pitch);
  const floats = new Float32Array(words.buffer);
  for (let slot = 0; slot < slots; slot++) {
    floats.set(partials.subarray(4 * slot, 4 * slot + 4), slot * pitch);
    words[slot * pitch + partialStruct.flags] = flags(slot);
  }
  const input = runner.upload(words);
  const sums = runner.upload(new Uint32Array(sumsStruct.bytes / 4));
  const read = await runner.run(1, sums, (recorder) => recordFold(recorder, slots, input, sums));
  return readSums(read.slice().buffer);
}

describe('fold', () => {
  it.each([1, 2, 255, 256, 257, 10_000])(
    `%d partial sums of all sizes and signs: within ${BOUND} of their float64 sums`,
    async (slots) => {
      const uniform = uniforms(slots);
      const partials = new Float32Array(4 * slots);
      const expected = [0, 0, 0, 0];
      const magnitudes = [0, 0, 0, 0];
      for (let i = 0; i < partials.length; i++) {
        partials[i] = (uniform() - 0.4) * 2 ** Math.floor(30 * uniform());
        expected[i % 4] += partials[i];
        magnitudes[i % 4] += Math.abs(partials[i]);
      }
      const { cls, box, dfl, angle } = await fold(partials, () => 0);
      [cls, box, dfl, angle].forEach((sum, i) => {
        expectClose(`sum ${i}`, sum, expected[i], BOUND, magnitudes[i]);
      });
    },
  );

  it.each([
    [1, { cls: Number.NaN, box: 300, dfl: 0, angle: 0 }],
    [2, { cls: Infinity, box: 300, dfl: 0, angle: 0 }],
    [3, { cls: Number.NaN, box: 300, dfl: 0, angle: 0 }],
    [4, { cls: 300, box: Number.NaN, dfl: 0, angle: Number.NaN }],
    [8, { cls: 300, box: 300, dfl: Number.NaN, angle: 0 }],
  ])('flags %d of one slot of 300', async (flag, expected) => {
    const partials = new Float32Array(1200).map((_, i) => (i % 4 < 2 ? 1 : 0));
    expect(await fold(partials, (slot) => (slot === 299 ? flag : 0))).toEqual(expected);
  });
});
