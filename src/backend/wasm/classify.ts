import type { ClassLoss, Level, Predictions } from '../backend.ts';
import type { Arena } from '../runtime/arena.ts';
import type { Engine } from '../runtime/engine.ts';
import { layOut, type Task } from '../runtime/task.ts';

/** Floats that pass through WASM memory at a time: they stay in a usual second-level cache. */
const CHUNK_FLOATS = 1 << 15;
/** What the kernel needs: a block, and a vector. */
const SCRATCH_BYTES = 528;

/** The background of one level: all its class logits, as if no anchor had a target. */
export interface Background {
  level: Level;
  chunk: Chunk;
  numClasses: number;
  loss: ClassLoss;
  /** Of the gradients. */
  scale: number;
  out: Float32Array | undefined;
}

export function backgrounds(
  predictions: Predictions,
  loss: ClassLoss,
  scale: number,
  grads: Float32Array[] | null,
): Background[] {
  return predictions.levels.map((level, l) => ({
    level,
    chunk: chunkOf(predictions, level),
    numClasses: predictions.numClasses,
    loss,
    scale: scale * backgroundWeight(loss),
    out: grads?.[l],
  }));
}

/**
 * Bytes of a slot that `classifyLevel` needs.
 *
 * @param neutrals the most logits of an image that do not count
 */
export function classifyBytes(all: readonly Background[], neutrals: number): number {
  return Math.max(...all.map(({ chunk }) => layoutOf(chunk.length, neutrals).end));
}

/** Weight of p^gamma · softplus in the loss of a logit whose target is 0. */
export function backgroundWeight({ kind, alpha }: ClassLoss): number {
  if (kind === 'bce') return 1;
  return kind === 'focal' ? 1 - alpha : alpha;
}

/** How the class logits of one image of a level are cut up. */
interface Chunk {
  /** Floats in front of the first class logit, where they are one run (NCHW). */
  start: number;
  /** Floats a chunk. */
  length: number;
  /** Box channels in front of each cell's class logits (NHWC). */
  lead: number;
  /** Floats from one run of class logits to the next; 0: there is only one. */
  rowLength: number;
}

function chunkOf(
  { regMax, numClasses, channels }: Predictions,
  { cells, cellStride }: Level,
): Chunk {
  if (cellStride === 1) {
    const length = Math.min(CHUNK_FLOATS, numClasses * cells);
    return { start: 4 * regMax * cells, length, lead: 0, rowLength: 0 };
  }
  const rows = Math.min(Math.max(1, Math.floor(CHUNK_FLOATS / channels)), cells);
  return { start: 0, length: rows * channels, lead: 4 * regMax, rowLength: channels };
}

/** Offsets in a slot. */
function layoutOf(floats: number, neutrals: number) {
  const [logits, slopes, list, scratch, end] = layOut(
    floats * 4,
    floats * 4,
    neutrals * 4,
    SCRATCH_BYTES,
  );
  return { logits, slopes, list, scratch, end };
}

/**
 * Tasks for Σ p^gamma · softplus over one image's class logits on one level; they write its gradient, and zeros
 * in the box channels.
 *
 * @param neutrals where the logits are that do not count
 * @returns the sums of the tasks, once they are stored
 */
export function* classifyLevel(
  { arena }: Engine,
  background: Background,
  image: number,
  neutrals: readonly number[],
): Generator<Task, number[]> {
  const { level, chunk } = background;
  const { start, length } = chunk;
  const imageStart = image * level.imageStride;
  const imageEnd = imageStart + level.imageStride;
  const ascending = Float64Array.from(neutrals).sort();
  const sums: number[] = [];
  let end = 0;
  // NCHW: with each chunk goes a part of the box channels in front of them all.
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
  /** In the level's data. */
  from: number;
  floats: number;
  /** Where they are in the level's data, ascending. */
  neutrals: Float64Array;
  zeros: { from: number; count: number };
  store(sum: number): void;
}

/** Logits go through the slot, and so do gradients. */
function streamTask(arena: Arena, background: Background, part: Part): Task {
  const { level, out } = background;
  const { from, floats, neutrals, zeros } = part;
  const at = layoutOf(floats, neutrals.length);
  return {
    kernel: 'background',
    load(slot) {
      arena.f32.set(level.data.subarray(from, from + floats), (slot + at.logits) >>> 2);
      const slopes = out ? slot + at.slopes : 0;
      return kernelArguments(arena, background, part, slot, at, slot + at.logits, slopes, 0);
    },
    store(slot, sum) {
      part.store(sum);
      if (!out) return;
      const first = (slot + at.slopes) >>> 2;
      out.fill(0, zeros.from, zeros.from + zeros.count);
      out.set(arena.f32.subarray(first, first + floats), from);
    },
  };
}

/** Tensors in the kernels' own memory are read and written where they are. */
function inPlaceTask(arena: Arena, background: Background, part: Part): Task | undefined {
  const { level, chunk, out, numClasses } = background;
  const { from, floats, neutrals, zeros } = part;
  const logits = arena.addressOf(level.data);
  const slopes = out ? arena.addressOf(out) : 0;
  // A kernel writes whole vectors, and what is behind the chunk is another thread's.
  const isWhole = (chunk.rowLength === 0 ? floats : numClasses) % 4 === 0;
  if (logits < 0 || slopes < 0 || !isWhole) return undefined;
  const at = layoutOf(0, neutrals.length);
  return {
    kernel: 'background',
    isInPlace: out !== undefined,
    load(slot) {
      const first = logits + from * 4;
      const [to, zerosAt] = out ? [slopes + from * 4, slopes + zeros.from * 4] : [0, 0];
      return kernelArguments(arena, background, part, slot, at, first, to, zerosAt);
    },
    store: (_, sum) => part.store(sum),
  };
}

/**
 * Writes the list of neutral logits, too.
 *
 * @param zerosAt 0: the kernel fills none
 */
function kernelArguments(
  { i32 }: Arena,
  { chunk, loss, scale, numClasses }: Background,
  { from, floats, neutrals, zeros }: Part,
  slot: number,
  { list, scratch }: { list: number; scratch: number },
  logits: number,
  slopes: number,
  zerosAt: number,
): number[] {
  const isOneRow = chunk.rowLength === 0;
  const first = (slot + list) >>> 2;
  for (let i = 0; i < neutrals.length; i++) i32[first + i] = neutrals[i] - from;
  return [
    logits,
    slopes,
    isOneRow ? 1 : floats / chunk.rowLength,
    chunk.lead,
    isOneRow ? floats : numClasses,
    slot + list,
    neutrals.length,
    slot + scratch,
    loss.gamma,
    scale,
    loss.kind === 'bce' ? 0 : 1,
    zerosAt,
    zerosAt === 0 ? 0 : zeros.count,
  ];
}
