import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dense } from '../../src/backend/inputs.ts';
import type { LossBackend } from '../../src/backend/loss-backend.ts';
import { createWasmLosses } from '../../src/backend/wasm/plain/index.ts';
import type { LossName } from '../../src/loss-types.ts';
import { LOSSES } from '../../src/losses/table.ts';
import { run, settled, Waits } from '../../src/stages.ts';
import { OptionReader } from '../../src/validate/option-reader.ts';
import type { DenseTensor } from '../../src/validate/tensor.ts';
import { buildLossCase, type LossCase, lossNames } from '../lib/loss-cases.ts';
import { uniforms } from '../lib/random.ts';

/** More elements than one part holds, with classes on an inner axis that is cut into columns. */
const COLUMNS = { seed: 1, shape: [2, 5, 90, 97], options: {} };
/** Few rows, also an odd number of them. */
const ROWS = { seed: 1, shape: [7, 3], options: {} };

describe.each([1, 2])('wasm, threads: %d: the gradient is added', (threads) => {
  let backend: LossBackend;
  beforeAll(async () => {
    const options = { threads, wasm: undefined, worker: undefined };
    backend = await createWasmLosses('test', 'a test asks for it', options);
  });
  afterAll(() => backend.dispose());

  const lossInto = (
    name: LossName,
    input: DenseTensor,
    target: unknown,
    grad: Dense,
    adds?: boolean,
  ) => {
    const options = new OptionReader(name, 'options', {}, LOSSES[name].options);
    const call = { action: name, input, target, options, takesBuffers: false };
    const tensors = { action: name, input: input.data, grad, values: null, scale: 0.37, adds };
    const plan = LOSSES[name].plan(call);
    return run(name, settled(plan.run(backend, tensors)), new Waits());
  };
  const expectAdded = async (
    name: LossName,
    { input, target }: LossCase,
    place: (data: Float32Array) => Float32Array,
  ) => {
    const placed = { data: place(input.data), shape: input.shape };
    const { data } = target;
    const truth = { ...target, data: data instanceof Float32Array ? place(data) : data };
    const alone = new Float32Array(input.data.length);
    const sum = await lossInto(name, placed, truth, alone);
    const uniform = uniforms(7);
    const before = alone.map(() => uniform());
    const grad = place(before);
    expect(await lossInto(name, placed, truth, grad, true)).toBe(sum);
    // Two float32 numbers are added in float64, so only the result is rounded
    expect(Array.from(grad)).toEqual(Array.from(before.map((value, i) => value + alone[i])));
  };
  const allocated = (data: Float32Array) => {
    const own = backend.allocate(data.length);
    own.set(data);
    return own;
  };

  it.each(lossNames)('%s: to float32’s rounding, in arrays and allocated tensors', async (name) => {
    await expectAdded(name, buildLossCase(name, ROWS), (data) => data.slice());
    await expectAdded(name, buildLossCase(name, ROWS), allocated);
  });

  it('crossEntropy of parts of columns: the same', async () => {
    await expectAdded('crossEntropy', buildLossCase('crossEntropy', COLUMNS), (data) =>
      data.slice(),
    );
    await expectAdded('crossEntropy', buildLossCase('crossEntropy', COLUMNS), allocated);
  });
});
