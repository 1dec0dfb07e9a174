import type { Stages } from '../../stages.ts';
import type { Steps } from '../assign/pairs.ts';
import { type ImagePositives, type Positives, positivesByImage } from '../assign/positives.ts';
import type { LossSums } from '../backend.ts';
import { backgroundWeight } from '../inputs.ts';
import { JOIN } from '../runtime/task.ts';
import {
  type Background,
  backgrounds,
  type ClassifyOptions,
  classifyBytes,
  classifyLevel,
} from './classify.ts';
import { classifyForeground, neutralCount, writeForeground } from './foreground.ts';
import type { HeadContext } from './head.ts';
import { type RegressOptions, regressBytes, regressImage } from './regress.ts';

/** Kinds of the losses, factors of the gradients, and where these go. */
export type LossOptions = ClassifyOptions & RegressOptions;

/** Class, box, distance and angle loss of a batch, image by image; writes every gradient. */
export function* losses(
  head: HeadContext,
  positives: Positives,
  options: LossOptions,
): Stages<LossSums> {
  const { engine, predictions } = head;
  const levels = backgrounds(predictions, options);
  const images = positivesByImage(positives, predictions.batch);
  const most = Math.max(...images.map((own) => neutralCount(own, predictions.numClasses)));
  const slotBytes = Math.max(classifyBytes(levels, most), regressBytes(predictions));
  const chains = images.map((own) => imageLosses(head, levels, own, options));
  const total = { cls: 0, box: 0, dfl: 0, angle: 0 };
  for (const { cls, box, dfl, angle } of yield* engine.run(slotBytes, chains)) {
    total.cls += cls;
    total.box += box;
    total.dfl += dfl;
    total.angle += angle;
  }
  return total;
}

/**
 * Losses of one image. Its class logits stream through WASM memory as background, except the logits of positives for their
 * targets' classes, and all of anchors whose weight is not 1; another kernel takes those few.
 */
function* imageLosses(
  head: HeadContext,
  levels: readonly Background[],
  positives: ImagePositives,
  options: LossOptions,
): Steps<LossSums> {
  const { classification, grads } = options;
  const foreground = classifyForeground(head, positives, options);
  const sums: number[][] = [];
  for (const [l, level] of levels.entries()) {
    const neutrals = foreground.neutrals[l];
    sums.push(yield* classifyLevel(head.engine, level, positives.image, neutrals));
  }
  yield JOIN;
  if (grads) writeForeground(head.engine, foreground, grads.levels);
  const { box, dfl, angle } = yield* regressImage(head, positives, options);
  const background = sums.flat().reduce((sum, value) => sum + value, 0);
  return { cls: foreground.sum + backgroundWeight(classification) * background, box, dfl, angle };
}
