import type { Stages } from '../../stages.ts';
import type { Assignment } from '../../types.ts';
import type { GroupedTargets, LossOptions, LossSums, Predictions } from '../backend.ts';
import type { Engine } from '../runtime/engine.ts';
import { type Chain, JOIN } from '../runtime/task.ts';
import {
  type Background,
  backgrounds,
  backgroundWeight,
  classifyBytes,
  classifyLevel,
} from './classify.ts';
import { classifyForeground, writeForeground } from './foreground.ts';
import { type Positives, positivesByImage, valuesOf } from './positives.ts';
import { regressBytes, regressImage } from './regress.ts';

/**
 * Class, box and DFL loss of a batch, image by image; writes every gradient.
 *
 * @param angleGrads [B, 1, A], of rotated boxes, whose box loss is 1 − ProbIoU, whatever `options.iou`
 */
export function* losses(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  assignment: Assignment,
  options: LossOptions,
  grads: Float32Array[] | null,
  angleGrads: Float32Array | null,
): Stages<LossSums> {
  const levels = backgrounds(predictions, options.classification, options.scale.cls, grads);
  const positives = positivesByImage(assignment, predictions.batch);
  const most = Math.max(...positives.map(({ anchors }) => anchors.length));
  const slotBytes = Math.max(classifyBytes(levels, most), regressBytes(predictions));
  const chains = positives.map((own) =>
    imageLosses(engine, predictions, targets, levels, own, options, grads, angleGrads),
  );
  const total = { cls: 0, box: 0, dfl: 0 };
  for (const { cls, box, dfl } of yield* engine.run(valuesOf(predictions), slotBytes, chains)) {
    total.cls += cls;
    total.box += box;
    total.dfl += dfl;
  }
  return total;
}

/**
 * Background, as if no anchor had a target, streams through WASM memory with the positives' own logits taken
 * out; those few go through kernels of their own.
 */
function* imageLosses(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  levels: readonly Background[],
  own: Positives,
  { classification, iou, scale }: LossOptions,
  grads: Float32Array[] | null,
  angleGrads: Float32Array | null,
): Chain<LossSums> {
  const foreground = classifyForeground(
    engine,
    predictions,
    targets,
    own,
    classification,
    scale.cls,
  );
  const sums: number[][] = [];
  for (const [l, level] of levels.entries()) {
    sums.push(yield* classifyLevel(engine, level, own.image, foreground.offsets[l]));
  }
  yield JOIN;
  if (grads) writeForeground(engine, foreground, grads);
  const { box, dfl } = yield* regressImage(
    engine,
    predictions,
    targets,
    own,
    iou,
    scale,
    grads,
    angleGrads,
  );
  const background = sums.flat().reduce((sum, value) => sum + value, 0);
  return { cls: foreground.sum + backgroundWeight(classification) * background, box, dfl };
}
