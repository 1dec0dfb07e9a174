import type { HeadGrads, LossSums } from '../backend.ts';
import { backgroundWeight, type ClassLoss, type Level, type Predictions } from '../inputs.ts';
import {
  BACKGROUND_SCRATCH_BYTES,
  type BackgroundParams,
  type Kernels,
} from '../programs/criteria/kernels.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';
import type { Arena } from '../runtime/arena.ts';
import { SlotLayout, type Task } from '../runtime/task.ts';

/** Number of floats that pass through WASM memory at a time: they stay in a usual second-level cache. */
const CHUNK_FLOATS = 1 << 15;

/** Class loss of one level's logits, as if no anchor had a target. */
export interface Background {
  level: Level;
  chunk: Chunk;
  numClasses: number;
  loss: ClassLoss;
  /** [C] factors of the loss; null: all are 1. */
  weights: Float32Array | null;
  /** Factor of the gradients. */
  scale: number;
  grads: Float32Array | undefined;
}

/** Class loss, factor of its gradients, and where these go. */
export interface ClassifyOptions {
  classification: ClassLoss;
  /** [C] factors of the loss; null: all are 1. */
  classWeights: Float32Array | null;
  scale: Pick<LossSums, 'cls'>;
  grads: HeadGrads<Float32Array> | null;
}

export function backgrounds(
  predictions: Predictions,
  { classification: loss, classWeights: weights, scale, grads }: ClassifyOptions,
): Background[] {
  return predictions.levels.map((level, l) => ({
    level,
    chunk: chunkOf(predictions, level, weights !== null),
    numClasses: predictions.numClasses,
    loss,
    weights,
    scale: scale.cls * backgroundWeight(loss),
    grads: grads?.levels[l],
  }));
}

/**
 * Number of bytes that `classifyLevel` needs in a slot.
 *
 * @param neutrals largest number of neutral logits in an image
 */
export function classifyBytes(all: readonly Background[], neutrals: number): number {
  return Math.max(
    ...all.map(({ chunk, numClasses }) => {
      return layoutOf(chunk.length, Math.min(neutrals, chunk.length), numClasses).end;
    }),
  );
}

/** Division of one image of a level into chunks of class logits. */
interface Chunk {
  /** Number of floats in front of the first class logit, if class logits are one run (NCHW). */
  start: number;
  /** Number of floats in a chunk. */
  length: number;
  /** Number of box channels in front of each cell's class logits (NHWC). */
  lead: number;
  /** Number of floats from one run of class logits to the next; 0: there is only one. */
  rowLength: number;
  /** Whether a run holds the logits of one class, so that the class's weight is the run's. */
  isByClass: boolean;
}

function chunkOf(
  { regMax, numClasses, channels }: Predictions,
  { cells, cellStride }: Level,
  isWeighted: boolean,
): Chunk {
  if (cellStride === 1) {
    const start = 4 * regMax * cells;
    const classes = Math.min(Math.max(1, Math.floor(CHUNK_FLOATS / cells)), numClasses);
    if (isWeighted) {
      return { start, length: classes * cells, lead: 0, rowLength: cells, isByClass: true };
    }
    const length = Math.min(CHUNK_FLOATS, numClasses * cells);
    return { start, length, lead: 0, rowLength: 0, isByClass: false };
  }
  const rows = Math.min(Math.max(1, Math.floor(CHUNK_FLOATS / channels)), cells);
  const length = rows * channels;
  return { start: 0, length, lead: 4 * regMax, rowLength: channels, isByClass: false };
}

/** Offsets in a slot. */
function layoutOf(floats: number, neutrals: number, numClasses: number) {
  const layout = new SlotLayout();
  return {
    logits: layout.take(floats * 4),
    grad: layout.take(floats * 4),
    list: layout.take(neutrals * 4),
    // Zeros fill the last vector
    weights: layout.take((numClasses + 3) * 4),
    scratch: layout.take(BACKGROUND_SCRATCH_BYTES),
    end: layout.end,
  };
}

/**
 * Yields tasks that sum p^gamma · softplus over one image's class logits on one level, and write its gradient and zeros in
 * the box channels.
 *
 * @param ascending indices, in the level's data, of logits that have neither loss nor gradient
 * @returns the sums of the tasks, once they are stored
 */
export function* classifyLevel(
  { arena }: CriteriaEngine,
  background: Background,
  image: number,
  ascending: Float64Array,
): Generator<Task<Kernels>, number[]> {
  const { level, chunk } = background;
  const { start, length } = chunk;
  const imageStart = image * level.imageStride;
  const imageEnd = imageStart + level.imageStride;
  const sums: number[] = [];
  let end = 0;
  // NCHW: each chunk also clears a part of the box channels, which are in front of all chunks.
  const share = Math.ceil((start * length) / (level.imageStride - start));
  for (let i = 0; imageStart + start + i * length < imageEnd; i++) {
    const from = imageStart + start + i * length;
    const to = Math.min(from + length, imageEnd);
    const first = end;
    while (end < ascending.length && ascending[end] < to) end++;
    const part = {
      from,
      floats: to - from,
      neutrals: ascending.subarray(first, end),
      zeros: {
        from: imageStart + Math.min(i * share, start),
        count: Math.max(0, Math.min(share, start - i * share)),
      },
      store(sum: number) {
        sums[i] = sum;
      },
    };
    yield inPlaceTask(arena, background, part) ?? streamTask(arena, background, part);
  }
  return sums;
}

/** A chunk of one level. */
interface Part {
  /** Index of its first float in the level's data. */
  from: number;
  floats: number;
  /** Ascending indices of neutral logits in the level's data. */
  neutrals: Float64Array;
  zeros: { from: number; count: number };
  store(sum: number): void;
}

/** Copies logits into the slot, and gradients out of it. */
function streamTask(arena: Arena, background: Background, part: Part): Task<Kernels> {
  const { level, grads } = background;
  const { from, floats, neutrals, zeros } = part;
  const at = layoutOf(floats, neutrals.length, background.numClasses);
  return {
    kernel: 'background',
    load(slot) {
      arena.bringIn(slot + at.logits, level.data, from, floats);
      return parametersOf(arena, background, part, {
        logits: slot + at.logits,
        grad: grads ? slot + at.grad : 0,
        list: slot + at.list,
        weights: slot + at.weights,
        scratch: slot + at.scratch,
        zeros: 0,
        zeroCount: 0,
      });
    },
    store(slot, sum) {
      part.store(sum);
      if (!grads) return;
      grads.fill(0, zeros.from, zeros.from + zeros.count);
      arena.takeOut(slot + at.grad, grads, from, floats);
    },
  };
}

/** Reads and writes tensors in place, if they are in the memory of the kernels. */
function inPlaceTask(arena: Arena, background: Background, part: Part): Task<Kernels> | undefined {
  const { level, chunk, grads, numClasses } = background;
  const { from, floats, neutrals, zeros } = part;
  const logits = arena.addressOf(level.data);
  const grad = grads ? arena.addressOf(grads) : 0;
  // A kernel writes whole vectors, and the floats behind the chunk belong to another thread.
  const isWhole = (chunk.rowLength === 0 ? floats : widthOf(chunk, numClasses)) % 4 === 0;
  if (logits < 0 || grad < 0 || !isWhole) return undefined;
  const at = layoutOf(0, neutrals.length, numClasses);
  return {
    kernel: 'background',
    isInPlace: grads !== undefined,
    load: (slot) =>
      parametersOf(arena, background, part, {
        logits: logits + from * 4,
        grad: grads ? grad + from * 4 : 0,
        list: slot + at.list,
        weights: slot + at.weights,
        scratch: slot + at.scratch,
        zeros: grads ? grad + zeros.from * 4 : 0,
        zeroCount: grads ? zeros.count : 0,
      }),
    store: (_, sum) => part.store(sum),
  };
}

/** Addresses of a chunk's data. */
interface Places
  extends Pick<BackgroundParams, 'logits' | 'grad' | 'scratch' | 'zeros' | 'zeroCount'> {
  /** i32, neutral logits. */
  list: number;
  /** f32, weights of classes. */
  weights: number;
}

/** Number of logits in a run. */
function widthOf({ isByClass, rowLength }: Chunk, numClasses: number): number {
  return isByClass ? rowLength : numClasses;
}

/** Parameters of the kernel. Writes the list of neutral logits, and weights of classes. */
function parametersOf(
  { i32, f32 }: Arena,
  { level, chunk, loss, weights: ofClasses, scale, numClasses }: Background,
  { from, floats, neutrals }: Part,
  { logits, grad, list, weights, scratch, zeros, zeroCount }: Places,
): BackgroundParams {
  const isOneRow = chunk.rowLength === 0;
  for (let i = 0; i < neutrals.length; i++) i32[(list >>> 2) + i] = neutrals[i] - from;
  let rowWeights = 0;
  if (ofClasses) {
    f32.set(ofClasses, weights >>> 2);
    f32.fill(0, (weights >>> 2) + numClasses, (weights >>> 2) + numClasses + 3);
    const inImage = (from % level.imageStride) - chunk.start;
    if (chunk.isByClass) rowWeights = weights + (inImage / chunk.rowLength) * 4;
  }
  return {
    logits,
    grad,
    rows: isOneRow ? 1 : floats / chunk.rowLength,
    lead: chunk.lead,
    width: isOneRow ? floats : widthOf(chunk, numClasses),
    rowWeights,
    weights: ofClasses && !chunk.isByClass ? weights : 0,
    neutrals: list,
    neutralCount: neutrals.length,
    scratch,
    kind: loss.kind,
    gamma: loss.gamma,
    scale,
    zeros,
    zeroCount,
  };
}
