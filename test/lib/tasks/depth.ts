import fc from 'fast-check';
import { createDepthLoss } from '../../../src/index.ts';
import { depthLoss } from '../../../src/reference/depth.ts';
import { loadGolden26 } from '../golden-26.ts';
import { uniforms } from '../random.ts';
import { oneBuildBackends } from './one-build.ts';
import { type Golden, testedTask } from './task.ts';

/** Depths between 1 m and 10 m, and some that do not count. */
function truthOf(seed: number, shape: number[], missing: number) {
  const uniform = uniforms(seed);
  const [images, height, width] = shape;
  const depthAt = () =>
    uniform() < missing
      ? [0, -1, 0.0005, Number.NaN][Math.floor(4 * uniform())]
      : 1 + 9 * uniform();
  return { data: Float64Array.from({ length: images * height * width }, depthAt), shape };
}

/** Depths that are off by a factor of up to e^noise, and some that are 0 or negative. */
function predictedOf(seed: number, shape: number[], noise: number) {
  const uniform = uniforms(seed);
  const length = shape.reduce((product, n) => product * n, 1);
  const depthAt = () => (uniform() < 0.05 ? -uniform() : 5 * Math.exp(noise * (uniform() - 0.5)));
  return { data: Float32Array.from({ length }, depthAt), shape };
}

const sizes = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));
const shares = fc.double({ min: 0, max: 1, noNaN: true });
const recipes = fc.record({
  seed: fc.integer(),
  batch: fc.integer({ min: 1, max: 3 }),
  size: sizes,
  /** Null: that of the truth. */
  predictedSize: fc.option(sizes),
  missing: fc.constantFrom(0, 0.1, 0.3, 0.6, 0.99),
  noise: fc.constantFrom(0.001, 1),
  lambda: fc.option(shares, { nil: undefined }),
  gains: fc.option(fc.record({ dlog: shares, dgrad: shares }), { nil: undefined }),
});
type Recipe = typeof recipes extends fc.Arbitrary<infer R> ? R : never;

function buildCase({ seed, batch, size, predictedSize, missing, noise, ...options }: Recipe) {
  return {
    options,
    predictions: { depth: predictedOf(seed, [batch, 1, ...(predictedSize ?? size)], noise) },
    targets: { depth: truthOf(seed + 1, [batch, ...size], missing) },
  };
}

export const depth = testedTask({
  name: 'createDepthLoss',
  // It runs on WASM alone
  backends: oneBuildBackends.filter(({ config }) => config.backend === 'wasm'),
  hasAssignment: false,
  create: createDepthLoss,
  ordinary: {
    options: { lambda: 0.85 },
    predictions: { depth: predictedOf(91, [3, 1, 9, 12], 1) },
    targets: { depth: truthOf(92, [3, 8, 13], 0.1) },
    none: { depth: { data: new Float32Array(3 * 8 * 13), shape: [3, 8, 13] } },
  },
  goldens: ['depth26-dense', 'depth26-empty', 'depth26-resized-sparse'].map((name) => ({
    name,
    async load(): Promise<Golden> {
      const { config, expected, tensor } = await loadGolden26(name);
      const { dlog, dgrad, total } = expected;
      return {
        options: { gains: config.gains, lambda: config.lambda },
        predictions: { depth: tensor('depth') },
        targets: { depth: tensor('targets.depth') },
        expected: { total, items: { dlog, dgrad }, grads: [tensor('grads.depth').data] },
      };
    },
  })),
  random: {
    recipes,
    build: buildCase,
    expected({ predictions, targets, options }: ReturnType<typeof buildCase>) {
      const { total, items, grads } = depthLoss(predictions, targets, options);
      return { total, items: { ...items }, grads: [grads.depth] };
    },
  },
});
