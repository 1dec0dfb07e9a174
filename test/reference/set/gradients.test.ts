import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchSet } from '../../../src/reference/set/matching.ts';
import { outputsOf } from '../../../src/reference/set/outputs.ts';
import { setLossOf } from '../../../src/reference/set/set-loss.ts';
import type { Tensor } from '../../../src/types.ts';
import { expectCloseL2, relativeL2 } from '../../lib/compare.ts';
import { differencesAt, someIndices } from '../../lib/differences.ts';
import { tensorsOf } from '../../lib/tensors.ts';
import { buildSetCase, RICH, type SetRecipe, setRecipes } from './random-set.ts';

/** Near the cube root of float64's epsilon, where a central difference is most accurate. */
const STEP = 1e-5;
/** Resolution of the differences: rounding of a loss near 100 over twice the step. */
const BOUND = 1e-7;
/** Inputs of each tensor that are tried. */
const TRIED = 8;

/** All gradients and their central differences, of all tensors together. */
function gradients(recipe: SetRecipe, holdsConstants = true) {
  const { predictions, targets, options } = buildSetCase(recipe);
  const held = holdsConstants ? buildSetCase(recipe).predictions : predictions;
  const matching = matchSet(predictions, targets, options);
  const total = () => setLossOf(predictions, targets, matching, options, held).total;
  const { grads } = setLossOf(predictions, targets, matching, options);
  const inputs = Object.fromEntries(outputsOf(predictions).map((o) => [o.name, o.output]));
  const flat = tensorsOf(inputs) as unknown as Record<string, Tensor<Float64Array>>;
  const analytic: number[] = [];
  const numeric: number[] = [];
  for (const [name, { data }] of Object.entries(tensorsOf(grads))) {
    const indices = someIndices(data.length, TRIED);
    analytic.push(...indices.map((i) => data[i]));
    numeric.push(...differencesAt(flat[name].data, indices, total, STEP));
  }
  return { analytic, numeric };
}

describe('setLoss: gradient', () => {
  it(`random shapes and options: equals central differences to ${BOUND} relative L2`, () => {
    const property = fc.property(setRecipes, (recipe) => {
      const { analytic, numeric } = gradients(recipe);
      expectCloseL2('gradients', analytic, numeric, BOUND);
    });
    fc.assert(property, { seed: 3, numRuns: 5 });
  });

  it.each(['softmax', 'focal', 'vfl', 'mal', 'ia-bce'] as const)(
    `%s with every output and item: equals central differences to ${BOUND} relative L2`,
    (classification) => {
      const { analytic, numeric } = gradients({ ...RICH, classification });
      expect(analytic.filter((x) => x !== 0).length).toBeGreaterThan(90);
      expectCloseL2('gradients', analytic, numeric, BOUND);
    },
  );

  it.each(['vfl', 'mal', 'ia-bce'] as const)(
    '%s is not that of weights and teachers that move',
    (classification) => {
      const { analytic, numeric } = gradients({ ...RICH, classification }, false);
      expect(relativeL2(analytic, numeric)).toBeGreaterThan(1e-3);
    },
  );
});
