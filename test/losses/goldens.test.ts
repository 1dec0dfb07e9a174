import { describe, it } from 'vitest';
import type { Tensor } from '../../src/types.ts';
import { expectClose, expectCloseL2 } from '../lib/compare.ts';
import { noteGoldenErrors } from '../lib/golden-errors.ts';
import { lossBackends, useLosses } from '../lib/loss-backends.ts';
import { loadBoxGoldens, loadLossGoldens } from '../lib/loss-goldens.ts';

const lossGoldens = await loadLossGoldens();
const boxGoldens = await loadBoxGoldens();
const toFloats = ({ data, shape }: Tensor<ArrayLike<number>>) => ({
  data: Float32Array.from(data),
  shape,
});

describe.each(lossBackends)('$name: goldens', ({ name: backend, config, bound }) => {
  noteGoldenErrors('createLosses', backend);
  const named = useLosses(config);

  it.each(lossGoldens)(`$name: mean, sum, values and gradient within ${bound}`, async (golden) => {
    const { loss, target, options, expected } = golden;
    const run = async (reduction: 'none' | 'mean' | 'sum') =>
      named(loss)(toFloats(golden.input), toFloats(target), { ...options, reduction });
    for (const reduction of ['mean', 'sum'] as const) {
      const exact = expected[reduction];
      if (exact === undefined) continue;
      expectClose(reduction, (await run(reduction)).value as number, exact, bound);
    }
    const { value, grad } = await run('none');
    expectCloseL2('values', (value as unknown as Tensor).data, expected.values.data, bound);
    expectCloseL2('grad', golden.toFixture(grad.data), expected.grad.data, bound);
  });

  it.each(boxGoldens)(`boxIou, $kind: values and gradient within ${bound}`, async (golden) => {
    const { kind, pred, target, expected } = golden;
    const { value, grad } = await named('boxIou')(pred, target, { kind, reduction: 'none' });
    const similarity = (value as unknown as Tensor).data.map((loss) => 1 - loss);
    expectCloseL2('similarity', similarity, expected.similarity.data, bound);
    expectCloseL2(
      'grad',
      grad.data.map((slope) => -slope),
      expected.grad.data,
      bound,
    );
  });
});
