import { assignmentOf } from '../backend/assign/positives.ts';
import { countOf } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import { both } from '../stages.ts';
import type { DualAssignment, DualGrads, DualPredictions, DualValue } from '../task-types.ts';
import type { DetectionTargets, TensorData } from '../types.ts';
import type { DualOptions } from '../validate/dual-options.ts';
import { objectForm, readParts } from '../validate/form.ts';
import { validatePredictions } from '../validate/predictions.ts';
import { validateTargets } from '../validate/targets.ts';
import { headItems, headLosses, headOf, taskValue } from './head-losses.ts';
import { normalizerOf } from './normalizer.ts';
import type { AssigningTask, AssigningTypes, Call } from './task.ts';

interface DualTypes extends AssigningTypes {
  predictions: DualPredictions<this['data']>;
  targets: DetectionTargets;
  value: DualValue;
  grads: DualGrads<this['data']>;
  assignment: DualAssignment;
}

/**
 * Detection losses of both heads of an end-to-end detector, over the same targets.
 *
 * Both heads are assigned before a gradient is written. Each stage awaits both heads together.
 */
export function dualTask(options: DualOptions): AssigningTask<DualTypes> {
  const { strides, reduceNormalizer } = options.oneToMany;
  const levels = strides.length;

  const assign = (call: Call) => both(call.on.head(0).assign(), call.on.head(1).assign());

  return {
    form: objectForm<DualGrads<TensorData>>({ oneToMany: levels, oneToOne: levels }),

    validate(action, given, targets, takesBuffers) {
      const parts = readParts(`${action}: predictions`, given, ['oneToMany', 'oneToOne']);
      const read = (name: keyof typeof parts) =>
        validatePredictions(action, name, parts[name], options[name], takesBuffers);
      const [many, one] = [read('oneToMany'), read('oneToOne')];
      checkBatch(action, many.batch, one.batch);
      const grouped = validateTargets(action, targets, many);
      return {
        heads: [headOf(options.oneToMany, many, grouped), headOf(options.oneToOne, one, grouped)],
        tensors: [...many.levels, ...one.levels],
      };
    },

    *assign(call) {
      const [oneToMany, oneToOne] = yield* assign(call);
      return { oneToMany: assignmentOf(oneToMany), oneToOne: assignmentOf(oneToOne) };
    },

    *loss(call, { heads }) {
      const { action, on } = call;
      const [manyInputs, oneInputs] = heads.map(({ predictions }) => predictions);
      const [oneToMany, oneToOne] = yield* assign(call);
      const ofMany = yield* normalizerOf(action, reduceNormalizer, oneToMany.normalizer);
      const ofOne = yield* normalizerOf(action, reduceNormalizer, oneToOne.normalizer);
      const grads = call.destinations();
      const gradsOfOne = grads?.slice(levels) ?? null;
      const [many, one] = yield* both(
        headLosses(on.head(0), options.oneToMany, manyInputs, oneToMany, ofMany, grads),
        headLosses(on.head(1), options.oneToOne, oneInputs, oneToOne, ofOne, gradsOfOne),
      );
      const [a, b] = [
        headItems(options.oneToMany, many, ofMany),
        headItems(options.oneToOne, one, ofOne),
      ];
      const assignment = {
        oneToMany: assignmentOf(oneToMany),
        oneToOne: assignmentOf(oneToOne),
      };
      const items = { box: a.box + b.box, cls: a.cls + b.cls, dfl: a.dfl + b.dfl };
      return taskValue(items, manyInputs.batch, assignment);
    },
  };
}

function checkBatch(action: string, needed: number, got: number): void {
  if (got === needed) return;
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${action}: oneToOne[0] needs ${countOf(needed, 'image')} as oneToMany[0] has, got ${got}`,
  );
}
