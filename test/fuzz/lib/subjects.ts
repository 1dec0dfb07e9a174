import fc from 'fast-check';
import { createLosses, joinHead, splitHead } from '../../../src/index.ts';
import * as reference from '../../../src/reference/losses/index.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { buildLossCase, type LossName, lossNames, lossRecipes } from '../../lib/loss-cases.ts';
import { normal } from '../../lib/random.ts';
import { bytesOf, type CallerMemory, floatsOf } from './memory.ts';
import { expectSameBytes } from './outcome.ts';

/** A function that is called with broken arguments. */
export interface Subject {
  name: string;
  /** Fresh, valid arguments, whose arrays lie in this memory. */
  args(memory: CallerMemory): unknown[];
  call(args: unknown[]): unknown;
  /** Fails unless a valid call gives the bits it gave at first. */
  probe(): Promise<void>;
  /** Fails unless the result agrees with the float64 definition. Results that are not finite are passed over. */
  check?(args: readonly unknown[], result: never): void;
}

/** Largest relative error of WASM: a sum in float64 of terms that kernels round to float32. */
export const BOUND = 2e-6;
const SEED = 20_261_124;
/** Number of problems of each loss. */
const LOSS_CASES = 2;

type Loss = (...call: unknown[]) => Promise<unknown>;
type Reference = (...call: unknown[]) => { value: never; grad: { data: Float64Array } };

/** Copies a tree of arguments, its arrays into the caller's memory. */
export function placed<T>(value: T, memory: CallerMemory): T {
  if (ArrayBuffer.isView(value)) return memory.place(value as never);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, own]) => [key, placed(own, memory)]);
  return (Array.isArray(value) ? entries.map(([, own]) => own) : Object.fromEntries(entries)) as T;
}

/** The plain losses, on one thread and on two. */
export async function lossSubjects(): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const threads of [1, 2]) {
    const losses = await createLosses({ backend: 'wasm', threads });
    for (const name of lossNames) {
      const recipes = fc.sample(lossRecipes(name), { numRuns: LOSS_CASES, seed: SEED });
      for (const recipe of recipes) {
        subjects.push(await lossSubject(losses[name] as Loss, name, recipe));
      }
    }
  }
  return subjects;
}

async function lossSubject(
  loss: Loss,
  name: LossName,
  recipe: Parameters<typeof buildLossCase>[1],
): Promise<Subject> {
  const reduction = recipe.seed % 2 ? 'sum' : 'mean';
  const make = () => {
    const { input, target, options } = buildLossCase(name, recipe);
    const out = { data: new Float32Array(input.data.length).fill(7), shape: input.shape };
    return [input, target, { ...options, reduction, out }];
  };
  const first = await loss(...make());
  const definition = (reference as unknown as Record<string, Reference>)[name];
  return {
    name,
    args: (memory) => placed(make(), memory),
    call: (args) => loss(...args),
    probe: async () => expectSameBytes(await loss(...make()), first, 'the next valid call'),
    check([input, target, options], result: { value: number; grad: { data: Float32Array } }) {
      if (typeof result.value !== 'number' || !Number.isFinite(result.value)) return;
      const expected = definition(input, target, options);
      // Gradients that float32 cannot hold: 1e305 becomes infinity, 1e-66 becomes 0
      if (!expected.grad.data.every((x) => Number.isFinite(Math.fround(x)))) return;
      if (!expected.grad.data.every((x) => Math.fround(x) === 0 || Math.abs(x) > 1e-30)) return;
      expectClose('value', result.value, expected.value, BOUND);
      expectCloseL2('grad', floatsOf(result.grad.data), expected.grad.data, BOUND);
    },
  };
}

const zeros = (...shape: number[]) => ({
  data: new Float32Array(sizeOf(shape)),
  shape,
});
const sizeOf = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

/** The functions `splitHead` and `joinHead`. */
export function headSubjects(): Subject[] {
  const make = {
    splitHead: () => [
      { data: normal({ seed: 1, mean: 0, std: 1 }, 120), shape: [2, 3, 20] },
      {
        imageSize: [32, 32],
        strides: [8, 16],
        layout: 'nchw',
        out: [zeros(2, 3, 4, 4), zeros(2, 3, 2, 2)],
      },
    ],
    joinHead: () => [
      [
        { data: normal({ seed: 1, mean: 0, std: 1 }, 96), shape: [2, 4, 4, 3] },
        { data: normal({ seed: 2, mean: 0, std: 1 }, 24), shape: [2, 2, 2, 3] },
      ],
      { layout: 'nhwc', out: zeros(2, 20, 3) },
    ],
  };
  const calls: Record<keyof typeof make, Loss> = { splitHead, joinHead } as never;
  return Object.entries(make).map(([name, arguments_]) => {
    const call = (args: unknown[]) => calls[name as keyof typeof make](...args);
    const first = call(arguments_());
    return {
      name,
      args: (memory) => placed(arguments_(), memory),
      call,
      probe: async () => expectSameBytes(call(arguments_()), first, 'the next valid call'),
    };
  });
}

/** The arrays that a result says it has written to. */
export function writtenIn(result: unknown): ArrayBufferView[] {
  const { grads, grad } = (result ?? {}) as { grads?: object; grad?: object };
  const visit = (value: unknown): ArrayBufferView[] => {
    if (ArrayBuffer.isView(value)) return [bytesOf(value)];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(visit) : [];
  };
  return visit(grads ?? grad ?? result);
}
