import { expectLoss } from '../../lib/expect-loss.ts';
import type { AnyLoss } from '../../lib/tasks/task.ts';
import { tensorsOf } from '../../lib/tensors.ts';
import { floatsOf } from './memory.ts';
import { expectSameBytes } from './outcome.ts';
import { type Problem, problems } from './problems.ts';
import { BOUND, placed, type Subject } from './subjects.ts';

type Method = 'value' | 'valueAndGrad' | 'assign' | 'valueSync' | 'valueAndGradSync' | 'assignSync';
const METHODS: readonly Method[] = [
  'value',
  'valueAndGrad',
  'assign',
  'valueSync',
  'valueAndGradSync',
  'assignSync',
];

/** How the criteria of a task differ. */
const VARIANTS: readonly object[] = [
  { threads: 1 },
  { threads: 2 },
  { threads: 1, checkFinite: true },
];
const WAITING = { threads: 1, reduceNormalizer: async (sum: number) => sum };

/** A criterion that is there again after a getter has disposed of it. */
interface Live {
  criterion: AnyLoss;
  revive(): Promise<void>;
}

/** Every method of every task's criteria. */
export async function criterionSubjects(): Promise<Subject[]> {
  const made = problems.flatMap((problem) => {
    const waits = problem.name !== 'createClassificationLoss';
    return [...VARIANTS, ...(waits ? [WAITING] : [])].map((variant) =>
      subjectsOf(problem, variant),
    );
  });
  return (await Promise.all(made)).flat();
}

async function subjectsOf(problem: Problem, variant: object): Promise<Subject[]> {
  const make = () => problem.create({ ...problem.config, ...variant });
  const live: Live = {
    criterion: await make(),
    async revive() {
      if (live.criterion.threadsReason.includes('disposed')) live.criterion = await make();
    },
  };
  const valid = () => [problem.predictions(), problem.targets()] as const;
  const first = await live.criterion.valueAndGrad(...valid());
  const probe = async () => {
    await live.revive();
    const next = await live.criterion.valueAndGrad(...valid());
    expectSameBytes(next, first, 'the next valid call');
  };
  const acts = [
    () => live.criterion.dispose(),
    () => void live.criterion.value(...valid()).catch(() => {}),
    () => void live.criterion.valueAndGradSync(...valid()),
  ];
  const methods = METHODS.filter((name) => name in live.criterion);
  const calls = methods.map((name): Subject => {
    const hasOut = name.startsWith('valueAndGrad');
    return {
      name: `${problem.name}.${name}`,
      args(memory) {
        const [predictions, targets] = valid();
        const out = problem.predictions();
        return placed([predictions, targets, ...(hasOut ? [{ out }] : [])], memory);
      },
      call: (args) => (live.criterion[name] as (...args: unknown[]) => unknown)(...args),
      acts,
      probe,
      check: hasOut ? checkOf(problem) : undefined,
    };
  });
  return [...calls, allocateOf(problem, live, probe)];
}

function checkOf({ expected }: Problem): Subject['check'] {
  return ([predictions, targets], result: Awaited<ReturnType<AnyLoss['valueAndGrad']>>) => {
    if (!Number.isFinite(result.total)) return;
    const { total, items, assignment } = result;
    const grads = Object.values(tensorsOf(result.grads)).map(({ data }) => floatsOf(data));
    const defined = expected(predictions as never, targets as never, assignment);
    if (!grads.every((data) => data.every(Number.isFinite))) return;
    expectLoss({ total, items, grads }, defined, BOUND);
  };
}

function allocateOf(problem: Problem, live: Live, probe: () => Promise<void>): Subject {
  return {
    name: `${problem.name}.allocate`,
    args: () => [[2, 3]],
    call(args) {
      const { data, shape } = live.criterion.allocate(...(args as [number[]]));
      const length = shape.reduce((product, size) => product * size, 1);
      if (data.length !== length || data.some((x) => x !== 0))
        throw new Error('allocate gave other memory');
      return { length };
    },
    acts: [() => {}],
    probe,
  };
}
