import type fc from 'fast-check';
import type { ReferenceAssignment } from '../../../src/reference/assign.ts';
import type {
  AssigningLoss,
  Assignment,
  DetectionLossConfig,
  TaskLoss,
} from '../../../src/types.ts';
import type { backends } from '../backends.ts';
import type { expectAssignment } from '../expect-golden.ts';

/** What a criterion is made for and handed. */
export interface Problem {
  options: object;
  predictions: object;
  targets: object;
}

interface Result {
  total: number;
  items: Record<string, number>;
  assignment?: object;
}

/** A criterion of any task, to code that does not care which. */
export type AnyLoss = TaskLoss<object, object, object, Result, Result & { grads: object }> &
  Partial<AssigningLoss<object, object, object, object>> & {
    valueAndGrad(
      predictions: object,
      targets: object,
      options?: { out?: object },
    ): Promise<Result & { grads: object }>;
  };

/** A loss that a criterion's is compared with. */
export interface Expected {
  total: number;
  items: Record<string, number>;
  /** In the order of the predictions' tensors. */
  grads: ArrayLike<number>[];
}

export interface Golden extends Problem {
  expected: Expected;
  /** The positives, where the fixture has them. */
  assigned?: Parameters<typeof expectAssignment>[1];
}

/** As `backends` has them. */
type TestedBackend = Pick<(typeof backends)[number], 'name' | 'bound' | 'effort'> & {
  config: Partial<DetectionLossConfig> & { threads: number };
};

/** What the suites that all tasks go through need to know of one. */
export interface TestedTask<Recipe = unknown, Case extends Problem = Problem> {
  /** Of the factory. */
  name: string;
  backends: readonly TestedBackend[];
  hasAssignment: boolean;
  create(options: object): Promise<AnyLoss>;
  /** 3 images; `none` are its targets where there are none. */
  ordinary: Problem & { none: object };
  goldens: {
    name: string;
    /** In NCHW. */
    load(): Promise<Golden>;
  }[];
  random: {
    /** Small, so that they shrink and print well. */
    recipes: fc.Arbitrary<Recipe>;
    build(recipe: Recipe): Case;
    /** The float64 loss, where there is an assignment under the one that a criterion found. */
    expected(problem: Case, assignment: object | undefined): Expected;
  };
}

/** Forgets what a task's problems and criteria are: its functions are handed its own problems only. */
export function testedTask<Recipe, Case extends Problem>(
  task: Omit<TestedTask<Recipe, Case>, 'create'> & { create(options: never): Promise<object> },
): TestedTask {
  return task as unknown as TestedTask;
}

/** An assignment as the reference's losses take it, and its normalizer. */
export function given(
  assignment: object | undefined,
): [assignment: ReferenceAssignment, normalizer: number] {
  const own = assignment as Assignment;
  return [{ ...own, score: Float64Array.from(own.score) }, Math.max(own.scoresSum, 1)];
}
