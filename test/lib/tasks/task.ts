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

/** Options and inputs of a criterion. */
export interface Problem {
  options: object;
  predictions: object;
  targets: object;
}

/** Total and items of a loss. */
export interface LossItems {
  total: number;
  items: Record<string, number>;
}

interface Result extends LossItems {
  /** Those of each head by name, if there are two. */
  heads?: Record<string, LossItems>;
  assignment?: object;
}

/** A criterion of any task. */
export type AnyLoss = TaskLoss<object, object, object, Result, Result & { grads: object }> &
  Partial<AssigningLoss<object, object, object, object>> & {
    valueAndGrad(
      predictions: object,
      targets: object,
      options?: { out?: object },
    ): Promise<Result & { grads: object }>;
  };

/** Expected loss of a criterion. */
export interface Expected extends LossItems {
  /** Those of each head by name, if there are two. */
  heads?: Record<string, LossItems>;
  /** Gradients in the order of the predictions' tensors. */
  grads: ArrayLike<number>[];
}

type Positives = Parameters<typeof expectAssignment>[1];

export interface Golden extends Problem {
  expected: Expected;
  /** Positives, if the fixture has them; of two heads by name. */
  assigned?: Positives | Record<'oneToMany' | 'oneToOne', Positives>;
}

/** An entry of `backends`. */
type TestedBackend = Pick<(typeof backends)[number], 'name' | 'bound' | 'effort'> & {
  config: Partial<DetectionLossConfig> & { threads: number };
};

/** Description of a task for the suites that test all tasks. */
export interface TestedTask<Recipe = unknown, Case extends Problem = Problem> {
  /** Name of the factory. */
  name: string;
  backends: readonly TestedBackend[];
  hasAssignment: boolean;
  /** Whether the total is the item, without a factor B. */
  isMean?: boolean;
  create(options: object): Promise<AnyLoss>;
  /** Problem of 3 images; `none` are empty targets. */
  ordinary: Problem & { none: object };
  goldens: {
    name: string;
    /** Loads the golden in NCHW. */
    load(): Promise<Golden>;
  }[];
  random: {
    /** Recipes of random problems, which are small so that they shrink and print well. */
    recipes: fc.Arbitrary<Recipe>;
    build(recipe: Recipe): Case;
    /** Computes the float64 loss, for a criterion's assignment if there is one. */
    expected(problem: Case, assignment: object | undefined): Expected;
  };
}

/** Erases the types of a task's problems and criteria, since its functions receive only its own problems. */
export function testedTask<Recipe, Case extends Problem>(
  task: Omit<TestedTask<Recipe, Case>, 'create'> & { create(options: never): Promise<object> },
): TestedTask {
  return task as unknown as TestedTask;
}

/** Converts an assignment for the reference's losses, with its normalizer. */
export function given(
  assignment: object | undefined,
): [assignment: ReferenceAssignment, normalizer: number] {
  const own = assignment as Assignment;
  return [{ ...own, score: Float64Array.from(own.score) }, Math.max(own.scoresSum, 1)];
}
