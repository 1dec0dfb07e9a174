import type { HeadPair } from '../../../src/head-weights.ts';
import type { DualAssignment, Tensor } from '../../../src/index.ts';
import type { Assigner } from '../../../src/types.ts';
import type { Golden26 } from '../golden-26.ts';
import type { CaseRecipe } from '../random-case.ts';
import { type Expected, given, type Problem } from './task.ts';

type Numbers = ArrayLike<number>;

export const HEADS = ['oneToMany', 'oneToOne'] as const;
/** Weights of the heads of random problems: neither is the default. */
const WEIGHTS: HeadPair = [0.7, 0.4];

export const halved = ({ data, shape }: Tensor) => ({ data: data.map((x) => x / 2), shape });

/** Problem of two heads from one problem of a task: both have the same predictions, those of one of them halved. */
export function twice(
  task: string,
  { options, targets, predictions, none }: Problem & { none: object },
) {
  const { flow, prototypes, semantic, feats, ...others } = predictions as Record<string, Tensor> & {
    feats: Tensor[];
    flow?: Tensor[];
  };
  const half = Object.entries(others).map(([key, tensor]) => [key, halved(tensor)]);
  return {
    options: { ...options, task },
    predictions: {
      oneToMany: { feats, ...others },
      oneToOne: { feats: feats.map(halved), ...Object.fromEntries(half) },
      ...(prototypes && { prototypes }),
      ...(semantic && { semantic }),
      ...(flow && { flow }),
    },
    targets,
    none,
  };
}

/** Options of a dual loss from those of a random problem of one head. */
export function dualOptionsOf<Options extends { assigner: Partial<Assigner> }>(
  options: Options,
  { reference }: CaseRecipe['options'],
) {
  const { topk = 10, topk2, ...others } = options.assigner;
  const assigner = { ...others, topk: [topk, 7], topk2: topk2 && [topk2, 1] };
  // The defaults of '8.3' are tried, too
  return { ...options, assigner, ...(reference === '8.4' && { headWeights: WEIGHTS }) };
}

/** Loss of one head. */
export interface HeadLoss {
  total: number;
  items: object;
  /** Gradients of the head's own predictions, and of those that heads share. */
  grads: { own: Numbers[]; shared: Numbers[] };
}

/** Expected loss of two heads, from the reference's of either. */
export function expectedOf(
  options: { reference?: string },
  [many, one]: readonly HeadLoss[],
): Expected & { grads: Numbers[] } {
  const is83 = options.reference === '8.3';
  const weights = is83 ? [1, 1] : WEIGHTS;
  const added = Object.entries(many.items).map(([key, item]) => [
    key,
    item + (one.items as Record<string, number>)[key],
  ]);
  const times = (factor: number, grads: Numbers[]) =>
    grads.map((grad) => Float64Array.from(grad, (x) => factor * x));
  const [ofMany, ofOne] = [many, one].map(({ grads }, i) => times(weights[i], grads.shared));
  return {
    total: weights[0] * many.total + weights[1] * one.total,
    items: is83 ? Object.fromEntries(added) : { ...one.items },
    heads: {
      oneToMany: { total: many.total, items: { ...many.items } },
      oneToOne: { total: one.total, items: { ...one.items } },
    },
    grads: [
      ...times(weights[0], many.grads.own),
      ...times(weights[1], one.grads.own),
      ...ofMany.map((grad, i) => grad.map((x, j) => x + ofOne[i][j])),
    ],
  };
}

/** Runs a function for both heads, with their assignments. */
export function ofHeads<T>(
  assignment: object | undefined,
  loss: (head: (typeof HEADS)[number], assigned: ReturnType<typeof given>) => T,
): T[] {
  const both = assignment as DualAssignment;
  return HEADS.map((head) => loss(head, given(both[head])));
}

/** Total and items that a golden of two heads expects, its own and both heads', and both heads' positives. */
export function headsOf({ expected, assigned }: Golden26, names: readonly string[]) {
  const itemsOf = (own: Record<string, number>) =>
    Object.fromEntries(names.map((name) => [name, own[name]]));
  const headOf = (head: (typeof HEADS)[number]) => ({
    total: expected[head].total,
    items: itemsOf(expected[head]),
  });
  return {
    loss: {
      total: expected.total,
      items: itemsOf(expected),
      heads: { oneToMany: headOf('oneToMany'), oneToOne: headOf('oneToOne') },
    },
    assigned: { oneToMany: assigned('oneToMany.'), oneToOne: assigned('oneToOne.') },
  };
}
