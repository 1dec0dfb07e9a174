import type { ClassLoss } from '../backend/backend.ts';
import { ShapeError } from '../errors.ts';
import { both, type Stages } from '../stages.ts';
import type { DualAssignment, DualGrads, DualPredictions, DualValue } from '../task-types.ts';
import type { DetectionTargets, TensorData } from '../types.ts';
import type { DualOptions } from '../validate/dual-options.ts';
import { objectForm, readParts } from '../validate/form.ts';
import { validatePredictions } from '../validate/predictions.ts';
import { BOX_LISTS, validateTargets } from '../validate/targets.ts';
import { assignHead, headItems, headLosses, taskValue } from './head-losses.ts';
import { normalizerOf } from './normalizer.ts';
import type { AssigningTask, AssigningTypes, Call, Inputs } from './task.ts';

interface DualTypes extends AssigningTypes {
  predictions: DualPredictions<TensorData>;
  targets: DetectionTargets;
  value: DualValue;
  grads: DualGrads<TensorData>;
  assignment: DualAssignment;
}

/**
 * Detection's loss of both heads of an end-to-end detector, over the same targets.
 *
 * Both are assigned before a gradient is written, and each stage of both is waited for at once.
 */
export function dualTask(options: DualOptions): AssigningTask<DualTypes> {
  const { strides, classification, reduceNormalizer } = options.oneToMany;
  const levels = strides.length;

  function* assign(
    call: Call,
    { heads: [many, one] }: Inputs,
    next: ClassLoss | null,
  ): Stages<DualAssignment> {
    const [oneToMany, oneToOne] = yield* both(
      assignHead(call, options.oneToMany, many, next),
      assignHead(call, options.oneToOne, one, next),
    );
    return { oneToMany, oneToOne };
  }

  return {
    form: objectForm<DualGrads<TensorData>>({ oneToMany: levels, oneToOne: levels }),
    targets: { lists: BOX_LISTS, tensors: [] },

    validate(action, given, targets, takesBuffers) {
      const parts = readParts(`${action}: predictions`, given, ['oneToMany', 'oneToOne']);
      const read = (name: keyof typeof parts) =>
        validatePredictions(action, name, parts[name], options[name], takesBuffers);
      const [many, one] = [read('oneToMany'), read('oneToOne')];
      checkBatch(action, many.batch, one.batch);
      const grouped = validateTargets(action, targets, many);
      return {
        heads: [many, one].map((predictions) => ({ predictions, targets: grouped })),
        tensors: [...many.levels, ...one.levels],
      };
    },

    assign: (call, inputs) => assign(call, inputs, null),

    *loss(call, inputs) {
      const { heads } = inputs;
      const { action } = call;
      const assignment = yield* assign(call, inputs, classification);
      const { oneToMany, oneToOne } = assignment;
      const ofMany = yield* normalizerOf(action, reduceNormalizer, oneToMany.scoresSum);
      const ofOne = yield* normalizerOf(action, reduceNormalizer, oneToOne.scoresSum);
      const grads = call.destinations();
      const gradsOfOne = grads?.slice(levels) ?? null;
      const [many, one] = yield* both(
        headLosses(call, options.oneToMany, heads[0], oneToMany, ofMany, grads),
        headLosses(call, options.oneToOne, heads[1], oneToOne, ofOne, gradsOfOne),
      );
      const [a, b] = [
        headItems(options.oneToMany, many, ofMany),
        headItems(options.oneToOne, one, ofOne),
      ];
      const items = { box: a.box + b.box, cls: a.cls + b.cls, dfl: a.dfl + b.dfl };
      return taskValue(items, heads[0].predictions.batch, assignment);
    },
  };
}

function checkBatch(action: string, needed: number, got: number): void {
  if (got === needed) return;
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${action}: oneToOne[0] needs ${needed} images as oneToMany[0] has, got ${got}`,
  );
}
