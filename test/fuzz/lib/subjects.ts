import fc from 'fast-check';
import { createLosses, joinHead, splitHead } from '../../../src/index.ts';
import * as reference from '../../../src/reference/losses/index.ts';
import { expectClose, expectCloseL2 } from '../../lib/compare.ts';
import { buildLossCase, type LossName, lossNames, lossRecipes } from '../../lib/loss-cases.ts';
import { normal } from '../../lib/random.ts';
import { type CallerMemory, floatsOf, trueBytes } from './memory.ts';
import { expectSameBytes } from './outcome.ts';

/** Something that can be called with broken arguments. */
export interface Subject {
  name: string;
  /** Fresh, valid arguments, whose arrays lie in this memory. */
  args(memory: CallerMemory): unknown[];
  call(args: unknown[]): unknown;
  /** What a getter may do meanwhile. */
  acts: readonly (() => void)[];
  /** Fails unless a valid call gives the bits it gave at first. */
  probe(): Promise<void>;
  /** Fails where the result is not what the definition says; what is not finite is passed over. */
  check?(args: readonly unknown[], result: never): void;
}

/** Of a sum in float64 of terms that kernels round to float32: as ARCHITECTURE.md has it. */
export const BOUND = 2e-6;
const SEED = 20_261_124;
/** Problems of each loss. */
const LOSS_CASES = 2;

type Loss = (...call: unknown[]) => Promise<unknown>;
type Reference = (...call: unknown[]) => { value: never; grad: { data: Float64Array } };

/** The same tree with every array in the caller's memory. */
export function placed<T>(value: T, memory: CallerMemory): T {
  if (ArrayBuffer.isView(value)) return memory.place(value as never);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, own]) => [key, placed(own, memory)]);
  return (Array.isArray(value) ? entries.map(([, own]) => own) : Object.fromEntries(entries)) as T;
}

/** The plain losses, one thread and two. */
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
    acts: [() => {}],
    probe: async () => expectSameBytes(await loss(...make()), first, 'the next valid call'),
    check([input, target, options], result: { value: number; grad: { data: Float32Array } }) {
      if (typeof result.value !== 'number' || !Number.isFinite(result.value)) return;
      const expected = definition(input, target, options);
      // What float32 cannot hold: infinity for 1e305, 0 for 1e-66
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

/** `splitHead` and `joinHead`. */
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
      acts: [() => {}],
      probe: async () => expectSameBytes(call(arguments_()), first, 'the next valid call'),
    };
  });
}

/** The arrays that a result says it has written to. */
export function writtenIn(result: unknown): ArrayBufferView[] {
  const { grads, grad } = (result ?? {}) as { grads?: object; grad?: object };
  const visit = (value: unknown): ArrayBufferView[] => {
    if (ArrayBuffer.isView(value)) return [trueBytes(value)];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(visit) : [];
  };
  return visit(grads ?? grad ?? result);
}
