import type { Stages } from '../../stages.ts';
import type { Steps } from '../assign/pairs.ts';
import type { Kernels } from '../programs/criteria/kernels.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';
import { JOIN, SlotLayout, type Task } from '../runtime/task.ts';
import type { SemanticInputs } from '../task-inputs.ts';

/** Number of logits of a task: they stay in a usual second-level cache. */
const TASK_FLOATS = 1 << 15;

/**
 * Loss of semantic logits: the mean over images and classes of half the mean BCE and half the Dice loss.
 *
 * @param scale factor of the gradients; null: there is no loss, and gradients are 0
 * @param grads every value is written; null: no gradients
 */
export function* semantic(
  engine: CriteriaEngine,
  given: SemanticInputs,
  scale: number | null,
  grads: Float32Array | null,
): Stages<number> {
  if (scale === null) {
    grads?.fill(0);
    return 0;
  }
  const [batch, classes, height, width] = given.logits.shape;
  const pixels = height * width;
  const share = 0.5 / (batch * classes);
  const most = Math.min(classes, Math.max(1, Math.floor(TASK_FLOATS / pixels)));
  const stage: Stage = { engine, given, grads, pixels, share, most, scale: share * scale };
  const images = Array.from({ length: batch }, (_, image) => imageLoss(stage, image));
  const sums = yield* engine.run(layoutOf(stage).end, images);
  return sums.reduce((total, sum) => total + sum, 0);
}

interface Stage {
  engine: CriteriaEngine;
  given: SemanticInputs;
  grads: Float32Array | null;
  /** h · w. */
  pixels: number;
  /** Factor of Dice loss, and of mean BCE. */
  share: number;
  /** That factor for the gradients. */
  scale: number;
  /** Largest number of classes of a task. */
  most: number;
}

/** Offsets in a slot. */
function layoutOf({ pixels, most }: Stage) {
  const layout = new SlotLayout();
  const pitch = Math.ceil(pixels / 4) * 16;
  return {
    pitch,
    planes: layout.take(most * pitch),
    classes: layout.take(pitch),
    losses: layout.take(most * 16),
    end: layout.end,
  };
}

function* imageLoss(stage: Stage, image: number): Steps<number> {
  const { pixels, share, most } = stage;
  const [, classes] = stage.given.logits.shape;
  const losses = new Float64Array(2 * classes);
  for (let first = 0; first < classes; first += most) {
    yield semanticTask(stage, image, first, Math.min(most, classes - first), losses);
  }
  yield JOIN;
  let sum = 0;
  for (let c = 0; c < classes; c++) sum += losses[2 * c] / pixels + losses[2 * c + 1];
  return share * sum;
}

/** @param losses [C, 2] → Σ BCE and Dice loss of the classes from `first` on */
function semanticTask(
  stage: Stage,
  image: number,
  first: number,
  count: number,
  losses: Float64Array,
): Task<Kernels> {
  const { engine, given, grads, pixels, scale } = stage;
  const { arena } = engine;
  const at = layoutOf(stage);
  const start = (image * given.logits.shape[1] + first) * pixels;
  return {
    kernel: 'semantic',
    load(slot) {
      const planes = slot + at.planes;
      for (let c = 0; c < count; c++) {
        arena.bringIn(planes + c * at.pitch, given.logits.data, start + c * pixels, pixels);
      }
      arena.bringIn(slot + at.classes, given.classes, image * pixels, pixels);
      return {
        planes,
        pitch: at.pitch,
        classes: slot + at.classes,
        pixels,
        first,
        count,
        backward: grads ? 1 : 0,
        entropyScale: scale / pixels,
        diceScale: scale,
        losses: slot + at.losses,
      };
    },
    store(slot) {
      const from = (slot + at.losses) >>> 3;
      for (let i = 0; i < 2 * count; i++) losses[2 * first + i] = arena.f64[from + i];
      if (!grads) return;
      for (let c = 0; c < count; c++) {
        arena.takeOut(slot + at.planes + c * at.pitch, grads, start + c * pixels, pixels);
      }
    },
  };
}
