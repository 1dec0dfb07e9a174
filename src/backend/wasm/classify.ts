import type { Assignment } from '../../types.ts';
import type { ClassLoss, GroupedTargets, Level, Predictions } from '../backend.ts';
import { type Engine, evenCount, forEachLevel, offsetOf, positivesByImage } from './engine.ts';

/** Floats that pass through WASM memory at a time: they stay in a usual second-level cache. */
const CHUNK_FLOATS = 1 << 15;
/** A logit whose background loss and gradient are 0. */
const NEUTRAL = -1e30;
const KINDS = ['bce', 'varifocal', 'focal'] as const;

/** Positives of one level: where their own class logits stand in its data, and the gradient there. */
interface Foreground {
  offsets: number[];
  gradients: number[];
}

/**
 * Class loss of a batch. Background, as if no anchor had a target, streams through WASM memory with the
 * positives' own logits taken out; those few go through a kernel of their own.
 */
export function classify(
  engine: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  assignment: Assignment,
  loss: ClassLoss,
  scale: number,
  grads: Float32Array[] | null,
): number {
  const own = classifyForeground(engine, predictions, targets, assignment, loss, scale);
  const weight = backgroundWeight(loss);
  let sum = own.sum;
  predictions.levels.forEach((level, l) => {
    const out = grads?.[l];
    const { offsets, gradients } = own.levels[l];
    sum += weight * background(engine, predictions, level, offsets, loss, scale * weight, out);
    if (out) for (let i = 0; i < offsets.length; i++) out[offsets[i]] = gradients[i];
  });
  return sum;
}

/** Weight of p^gamma · softplus in the loss of a logit whose target is 0. */
function backgroundWeight({ kind, alpha }: ClassLoss): number {
  if (kind === 'bce') return 1;
  return kind === 'focal' ? 1 - alpha : alpha;
}

function classifyForeground(
  { kernels, arena }: Engine,
  predictions: Predictions,
  targets: GroupedTargets,
  assignment: Assignment,
  { kind, alpha, gamma }: ClassLoss,
  scale: number,
): { sum: number; levels: Foreground[] } {
  const count = assignment.anchor.length;
  arena.reset();
  const logits = arena.take(evenCount(count) * 4);
  const scores = arena.takeZeroed(evenCount(count) * 4);
  const { f32 } = arena;
  f32.set(assignment.score, scores >> 2);
  f32[(logits >> 2) + count] = NEUTRAL;
  const levels = predictions.levels.map((): Foreground => ({ offsets: [], gradients: [] }));
  const slots: Foreground[] = [];
  const starts = positivesByImage(assignment, predictions.batch);
  for (let b = 0; b < predictions.batch; b++) {
    const anchors = assignment.anchor.subarray(starts[b], starts[b + 1]);
    forEachLevel(predictions, anchors, (level, start, end, l) => {
      for (let i = starts[b] + start; i < starts[b] + end; i++) {
        const cls = targets.cls[targets.offsets[b] + assignment.target[i]];
        const channel = 4 * predictions.regMax + cls;
        const offset = offsetOf(level, b, channel, assignment.anchor[i]);
        f32[(logits >> 2) + i] = level.data[offset];
        levels[l].offsets.push(offset);
        slots.push(levels[l]);
      }
    });
  }
  const sum = kernels.foreground(logits, scores, count, KINDS.indexOf(kind), alpha, gamma, scale);
  for (let i = 0; i < count; i++) slots[i].gradients.push(f32[(logits >> 2) + i]);
  return { sum, levels };
}

/**
 * Σ p^gamma · softplus over one level's class logits, without those at `skip`.
 *
 * @param skip ascending by image
 * @param out receives scale · gradient in the class channels, 0 in the box channels
 */
function background(
  { kernels, arena }: Engine,
  { batch, regMax, numClasses, channels }: Predictions,
  level: Level,
  skip: number[],
  { kind, gamma }: ClassLoss,
  scale: number,
  out: Float32Array | undefined,
): number {
  arena.reset();
  // Class logits of an image are one run (NCHW), or a run a cell behind its box channels (NHWC).
  const planar = level.cellStride === 1;
  const lead = planar ? 0 : 4 * regMax;
  const rowLength = planar ? numClasses * level.cells : channels;
  const start = planar ? 4 * regMax * level.cells : 0;
  const length = level.imageStride - start;
  const step = planar ? CHUNK_FLOATS : Math.max(1, Math.floor(CHUNK_FLOATS / channels)) * channels;
  const logits = arena.take(Math.min(step, length) * 4);
  const slopes = out ? arena.take(Math.min(step, length) * 4) : 0;
  const { f32 } = arena;
  const at = logits >> 2;
  let sum = 0;
  let nextSkip = 0;
  for (let b = 0; b < batch; b++) {
    const imageStart = b * level.imageStride;
    const imageEnd = imageStart + level.imageStride;
    let lastSkip = nextSkip;
    while (lastSkip < skip.length && skip[lastSkip] < imageEnd) lastSkip++;
    out?.fill(0, imageStart, imageStart + start);
    for (let from = imageStart + start; from < imageEnd; from += step) {
      const floats = Math.min(step, imageEnd - from);
      f32.set(level.data.subarray(from, from + floats), at);
      for (let i = nextSkip; i < lastSkip; i++) {
        const offset = skip[i] - from;
        if (offset >= 0 && offset < floats) f32[at + offset] = NEUTRAL;
      }
      const rows = planar ? 1 : floats / rowLength;
      const width = planar ? floats : numClasses;
      sum += kernels.background(logits, slopes, rows, lead, width, gamma, scale, kind !== 'bce');
      out?.set(f32.subarray(slopes >> 2, (slopes >> 2) + floats), from);
    }
    nextSkip = lastSkip;
  }
  return sum;
}
