import { afterEach, expect, it } from 'vitest';
import { bceWithLogits } from '../../src/reference/losses/bce-with-logits.ts';
import { dice } from '../../src/reference/losses/dice.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';

/** Relative error of the losses, and relative L2 error of gradients: e is float32. */
const BOUND = 5e-7;
const FACTORS = { entropyScale: 0.3, diceScale: 0.7 };

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

/** Runs the kernel on `count` classes from `first` on. @param logits [count, pixels] */
function semantic(
  logits: Float32Array,
  classes: Int32Array,
  { first, count, backward }: { first: number; count: number; backward: boolean },
) {
  const pixels = classes.length;
  const pitch = Math.ceil(pixels / 4) * 4;
  const planes = new Float32Array(count * pitch).fill(Number.NaN);
  for (let c = 0; c < count; c++) {
    planes.set(logits.subarray(c * pixels, (c + 1) * pixels), c * pitch);
  }
  const at = memory.block(planes);
  const losses = memory.block(new Float64Array(2 * count));
  memory.call('semantic', {
    planes: at,
    pitch: 4 * pitch,
    classes: memory.input(classes, 12),
    pixels,
    first,
    count,
    backward: backward ? 1 : 0,
    ...FACTORS,
    losses,
  });
  const written = memory.f32(at, count * pitch);
  return {
    losses: memory.f64(losses, 2 * count),
    grads: logits.map((_, i) => written[Math.floor(i / pixels) * pitch + (i % pixels)]),
  };
}

it.each(lengths.filter((pixels) => pixels > 0).concat(1000))(
  `semantic, %i pixels of 3 classes and background: BCE, Dice loss and gradient within ${BOUND}`,
  (pixels) => {
    const uniform = uniforms(pixels);
    const logits = Float32Array.from({ length: 3 * pixels }, () => 24 * uniform() - 12);
    const classes = Int32Array.from({ length: pixels }, () => Math.floor(5 * uniform()) - 1);
    const { losses, grads } = semantic(logits, classes, { first: 1, count: 3, backward: true });
    const forward = semantic(logits, classes, { first: 1, count: 3, backward: false });
    expect(forward.losses).toEqual(losses);
    expect(forward.grads).toEqual(logits);
    for (let c = 0; c < 3; c++) {
      const data = logits.subarray(c * pixels, (c + 1) * pixels);
      const shape = [1, pixels];
      const target = { data: Float64Array.from(classes, (own) => Number(own === c + 1)), shape };
      const entropy = bceWithLogits({ data, shape }, target, { reduction: 'sum' });
      const overlap = dice({ data, shape }, target, { reduction: 'sum' });
      expectClose(`BCE ${c}`, losses[2 * c], entropy.value as number, BOUND);
      expectClose(`Dice ${c}`, losses[2 * c + 1], overlap.value as number, BOUND);
      const expected = Float64Array.from(entropy.grad.data, (slope, i) => {
        return FACTORS.entropyScale * slope + FACTORS.diceScale * overlap.grad.data[i];
      });
      expectCloseL2(`gradient ${c}`, grads.subarray(c * pixels, (c + 1) * pixels), expected, BOUND);
    }
  },
);
