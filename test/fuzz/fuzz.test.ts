import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { type Breakage, breakArguments } from './lib/breakages.ts';
import { criterionSubjects } from './lib/criterion-subjects.ts';
import { factorySubjects } from './lib/factory-subjects.ts';
import { CallerMemory } from './lib/memory.ts';
import { expectSameBytes, type Outcome, outcomeOf } from './lib/outcome.ts';
import { headSubjects, lossSubjects, type Subject, writtenIn } from './lib/subjects.ts';

/** Timeout for calls of some milliseconds each, on a busy and slow CI machine. */
const LONGEST_MS = 3_600_000;
/** One in this many right answers is compared with the float64 reference. */
const CHECKED = 5;

interface Plan {
  subject: number;
  breakages: Breakage[];
}

const nat = fc.nat(2 ** 20);
const plans: fc.Arbitrary<Plan> = fc.record({
  subject: nat,
  breakages: fc.array(fc.record({ where: nat, how: nat, salt: nat }), {
    minLength: 1,
    maxLength: 3,
  }),
});

const subjects = [
  ...(await criterionSubjects()),
  ...(await lossSubjects()),
  ...headSubjects(),
  ...(await factorySubjects()),
];
const { calls, seed } = inject('fuzz');
/** Number of calls by outcome. */
const counts = new Map<string, number>();
let checked = 0;

describe(`${calls} broken calls, seed ${seed}`, () => {
  it(
    'each is a DetlossError with its code, or right; nothing is written, and the next valid call has the same bits',
    async () => {
      await fc.assert(fc.asyncProperty(plans, tryPlan), { seed, numRuns: calls });
      console.log(`fuzz, seed ${seed}: ${calls} calls, ${checked} compared with the definition`);
      console.table(Object.fromEntries([...counts].sort(([, a], [, b]) => b - a)));
    },
    LONGEST_MS,
  );
});

async function tryPlan(plan: Plan): Promise<void> {
  const subject = subjects[plan.subject % subjects.length];
  const memory = new CallerMemory();
  const pair = breakArguments(
    subject.args(memory),
    subject.args(new CallerMemory()),
    plan.breakages,
  );
  const story = [subject.name, ...pair.story].join('\n  ');
  try {
    memory.settle();
    const outcome = await outcomeOf(() => subject.call(pair.broken));
    counts.set(outcome.code, (counts.get(outcome.code) ?? 0) + 1);
    memory.expectUntouched(outcome.code === 'right' ? writtenIn(outcome.value) : []);
    if (pair.plain) await compare(subject, outcome, pair.plain);
    else if (pair.story.length > 0) expect(outcome.code, 'nothing can be right').not.toBe('right');
    await subject.probe();
  } catch (cause) {
    const thrown = cause instanceof Error ? cause.stack : String(cause);
    throw new Error(`${story}\n${thrown}`, { cause });
  }
}

/** Fails unless the outcome is that of equivalent plain arguments. */
async function compare(subject: Subject, outcome: Outcome, plain: unknown[]): Promise<void> {
  const is = outcome.code === 'right';
  await subject.probe();
  const expected = await outcomeOf(() => subject.call(plain));
  // A disguise may be a copy, which no longer shares memory
  if (is && expected.code === 'OUT_ALIASES_INPUT') return;
  // The first call may have taken the memory that the second one needs
  if (is && ['WASM_MEMORY', 'HOST_MEMORY'].includes(expected.code)) return;
  // The order of several errors may differ
  expect(outcome.code === 'right', `${expected.code} with plain arguments`).toBe(
    expected.code === 'right',
  );
  if (!is || expected.code !== 'right') return;
  expectSameBytes(outcome.value, expected.value, 'as with plain arguments');
  const total = (counts.get('right') ?? 0) % CHECKED;
  if (total !== 0 || !subject.check) return;
  subject.check(plain, outcome.value as never);
  checked++;
}
