import { assignmentOf, type Positives } from '../backend/assign/positives.ts';
import { countOf } from '../describe.ts';
import type { DualAssignment, DualValue, Heads, HeadWeightsOption } from '../dual-types.ts';
import { ShapeError } from '../errors.ts';
import type { DetectionItems } from '../types.ts';
import { type DualOptions, parseHeadWeights } from '../validate/dual-options.ts';
import { formOf, readParts } from '../validate/form.ts';
import { assignHeads, headLosses } from './head-losses.ts';
import {
  type HeadParts,
  type HeadPredictions,
  type HeadsTypes,
  type HeadTask,
  headOf,
} from './head-task.ts';
import type { AssigningTask } from './task.ts';

const NAMES = ['oneToMany', 'oneToOne'] as const;

interface DualTypes extends HeadsTypes {
  predictions: Heads<unknown>;
  options: HeadWeightsOption;
  value: DualValue;
  assignment: DualAssignment;
}

/**
 * Weighted losses of both heads of an end-to-end detector, over the same targets.
 *
 * @param tasks of both heads, which differ in the options of their assignment
 */
export function dualTask(
  tasks: readonly [oneToMany: HeadTask, oneToOne: HeadTask],
  { headWeights, items: kind }: Omit<DualOptions, 'heads'>,
): AssigningTask<DualTypes> {
  const [{ parts, optionalShared }] = tasks;
  const form = formOfHeads(parts, parts);
  const keys = [...NAMES, ...Object.keys(parts.shared)] as (typeof NAMES)[number][];
  return {
    form,
    callOptions: ['headWeights'],

    validate(action, given, targets, takesBuffers, options) {
      const weights = (options && parseHeadWeights(options)) ?? headWeights;
      const heads = readParts(`${action}: predictions`, given, keys, optionalShared);
      const [many, one] = tasks.map((task, i) =>
        task.read(action, NAMES[i], heads[NAMES[i]], given, takesBuffers),
      );
      checkImages(action, many, one);
      const truth = tasks[0].readTargets(action, targets, many);
      return {
        heads: [many, one].map((read, i) => headOf(tasks[i], read, truth, weights[i])),
        tensors: [...many.own, ...one.own, ...many.shared],
        form:
          many.parts === parts && one.parts === parts ? form : formOfHeads(many.parts, one.parts),
        truth: truth.truth,
      };
    },

    *assign({ on }, { heads }) {
      return assignments(yield* assignHeads(on, heads));
    },

    *loss(call, { heads }) {
      const [oneToMany, oneToOne] = yield* headLosses(call, heads);
      const { items } = oneToOne;
      return {
        total: heads[0].weight * oneToMany.total + heads[1].weight * oneToOne.total,
        items: kind === 'both' ? sums(oneToMany.items, items) : items,
        heads: {
          oneToMany: { total: oneToMany.total, items: oneToMany.items },
          oneToOne: { total: oneToOne.total, items },
        },
        assignment: assignments([oneToMany.positives, oneToOne.positives]),
      };
    },
  };
}

function formOfHeads<Nested>(many: HeadParts, one: HeadParts) {
  return formOf<Nested>({ oneToMany: many.own, oneToOne: one.own, ...many.shared });
}

function assignments([oneToMany, oneToOne]: readonly Positives[]): DualAssignment {
  return { oneToMany: assignmentOf(oneToMany), oneToOne: assignmentOf(oneToOne) };
}

function sums(a: DetectionItems, b: DetectionItems): DetectionItems {
  const entries = Object.entries(a) as [keyof DetectionItems, number][];
  const added = entries.map(([name, value]) => [name, value + b[name]]);
  return Object.fromEntries(added);
}

/** Checks that both heads are of the same images. Throws ShapeError TENSOR_SHAPE. */
function checkImages(
  action: string,
  { predictions: many }: HeadPredictions,
  { predictions: one }: HeadPredictions,
): void {
  const [needed, got] = [many, one].map(
    ({ batch, imageHeight, imageWidth }) =>
      `${countOf(batch, 'image')} of ${imageHeight}×${imageWidth} px`,
  );
  if (got === needed) return;
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${action}: ${one.name}[0] needs ${needed} as ${many.name}[0] has, got ${got}`,
  );
}
