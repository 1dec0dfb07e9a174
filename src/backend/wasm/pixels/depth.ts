import type { DepthInputs, DepthStages, DepthSums } from '../../depth.ts';
import type { Kernels } from '../../programs/pixels/kernels.ts';
import type { PixelEngine } from '../../programs/pixels/program.ts';
import type { Arena } from '../../runtime/arena.ts';
import { type Chain, JOIN, SlotLayout } from '../../runtime/task.ts';

/** Levels of the pyramid, each of half the sides. */
const LEVELS = 4;
/** Numbers that the kernel `depthSums` gives: three, and two for each level. */
const SUMS = 3 + 2 * LEVELS;

/** Depth loss, one image in one kernel call: its pyramid is in WASM memory meanwhile. */
export function depth(engine: PixelEngine, { predicted, truth }: DepthInputs): DepthStages {
  const { arena } = engine;
  const [images, height, width] = truth.shape;
  const [, , inHeight, inWidth] = predicted.shape;
  const area = height * width;
  const inArea = inHeight * inWidth;
  let all = 0;
  for (let level = 0; level < LEVELS; level++) all += (height >> level) * (width >> level);
  const slots = new SlotLayout();
  const at = {
    input: slots.take(inArea * 4),
    // The kernel overwrites the truth with derivatives of all levels
    truth: slots.take(all * 8),
    predicted: slots.take(area * 8),
    errors: slots.take(all * 8),
    valid: slots.take(all),
    sums: slots.take(SUMS * 8),
    factors: slots.take(2 * LEVELS * 8),
    narrow: slots.take(inArea * 8),
    grad: slots.take(inArea * 4),
  };
  const run = <T>(chainOf: (image: number) => Chain<Kernels, T>) =>
    engine.run(
      slots.end,
      Array.from({ length: images }, (_, image) => chainOf(image)),
    );

  /** Copies an image's depths, and returns the parameters that both kernels have. */
  const load = (slot: number, image: number) => {
    arena.bringIn(slot + at.input, predicted.data, image * inArea, inArea);
    loadDoubles(arena, slot + at.truth, truth.data, image * area, area);
    return {
      input: slot + at.input,
      inHeight,
      inWidth,
      height,
      width,
      truth: slot + at.truth,
      predicted: slot + at.predicted,
      errors: slot + at.errors,
      valid: slot + at.valid,
    };
  };

  return {
    sums: () =>
      run(function* (image): Chain<Kernels, DepthSums> {
        let sums = new Float64Array(0);
        yield {
          kernel: 'depthSums',
          load: (slot) => ({ ...load(slot, image), sums: slot + at.sums }),
          store(slot) {
            const from = (slot + at.sums) >>> 3;
            sums = arena.f64.slice(from, from + SUMS);
          },
        };
        yield JOIN;
        const [count, mean, squares] = sums;
        return { count, mean, squares, differences: sums.subarray(3) };
      }),

    *grad({ slope, centre, factors }, grad) {
      yield* run(function* (image): Chain<Kernels, void> {
        yield {
          kernel: 'depthGrad',
          load(slot) {
            arena.f64.set(factors, (slot + at.factors) >>> 3);
            return {
              ...load(slot, image),
              slope,
              centre,
              factors: slot + at.factors,
              slopes: slot + at.truth,
              narrow: slot + at.narrow,
              grad: slot + at.grad,
            };
          },
          store: (slot) => arena.takeOut(slot + at.grad, grad, image * inArea, inArea),
        };
        yield JOIN;
      });
    },
  };
}

/** Copies numbers of any array as f64. */
function loadDoubles(
  { f64 }: Arena,
  at: number,
  data: ArrayLike<number>,
  from: number,
  count: number,
): void {
  const start = at >>> 3;
  for (let i = 0; i < count; i++) f64[start + i] = data[from + i];
}
