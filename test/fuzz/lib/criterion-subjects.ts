import { expectLoss } from '../../lib/expect-loss.ts';
import type { AnyLoss } from '../../lib/tasks/task.ts';
import { tensorsOf } from '../../lib/tensors.ts';
import { configOf } from './factory-subjects.ts';
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

/** Configurations of the criteria of a task. */
const VARIANTS: readonly object[] = [
  { threads: 1 },
  { threads: 2 },
  { threads: 1, checkFinite: true },
];
/** Elements of allocated memory that are read: a shape may have a billion. */
const MOST_SCANNED = 2 ** 20;

const WAITING = { threads: 1, reduceNormalizer: async (sum: number) => sum };

/** Every method of every task's criteria. */
export async function criterionSubjects(): Promise<Subject[]> {
  const made = problems.flatMap((problem) => {
    const waits = 'reduceNormalizer' in configOf(problem.name);
    return [...VARIANTS, ...(waits ? [WAITING] : [])].map((variant) =>
      subjectsOf(problem, variant),
    );
  });
  return (await Promise.all(made)).flat();
}

async function subjectsOf(problem: Problem, variant: object): Promise<Subject[]> {
  const criterion = await problem.create({ ...problem.config, ...variant });
  const valid = () => [problem.predictions(), problem.targets()] as const;
  const first = await criterion.valueAndGrad(...valid());
  const probe = async () => {
    const next = await criterion.valueAndGrad(...valid());
    expectSameBytes(next, first, 'the next valid call');
  };
  const methods = METHODS.filter((name) => name in criterion);
  const calls = methods.map((name): Subject => {
    const hasOut = name.startsWith('valueAndGrad');
    return {
      name: `${problem.name}.${name}`,
      args(memory) {
        const [predictions, targets] = valid();
        const options = {
          ...(name.startsWith('value') && problem.options?.()),
          ...(hasOut && { out: problem.predictions() }),
        };
        const isGiven = Object.keys(options).length > 0;
        return placed([predictions, targets, ...(isGiven ? [options] : [])], memory);
      },
      call: (args) => (criterion[name] as (...args: unknown[]) => unknown)(...args),
      probe,
      check: hasOut ? checkOf(problem) : undefined,
    };
  });
  return [...calls, allocateOf(problem, criterion, probe)];
}

function checkOf({ expected }: Problem): Subject['check'] {
  return (
    [predictions, targets, options],
    result: Awaited<ReturnType<AnyLoss['valueAndGrad']>>,
  ) => {
    if (!Number.isFinite(result.total)) return;
    const { total, items, heads, assignment } = result;
    const grads = Object.values(tensorsOf(result.grads)).map(({ data }) => floatsOf(data));
    const own = options as object | undefined;
    const defined = expected(predictions as never, targets as never, assignment, own);
    if (!grads.every((data) => data.every(Number.isFinite))) return;
    expectLoss({ total, items, heads, grads }, defined, BOUND);
  };
}

function allocateOf(problem: Problem, criterion: AnyLoss, probe: () => Promise<void>): Subject {
  return {
    name: `${problem.name}.allocate`,
    args: () => [[2, 3]],
    call(args) {
      const { data, shape } = criterion.allocate(...(args as [number[]]));
      const length = shape.reduce((product, size) => product * size, 1);
      if (data.length !== length || data.subarray(0, MOST_SCANNED).some((x) => x !== 0))
        throw new Error('allocate gave other memory');
      return { length };
    },
    probe,
  };
}
