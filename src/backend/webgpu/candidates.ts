import type { Dense, GroupedTargets, Predictions } from '../backend.ts';
import { findCandidates } from '../wasm/candidates.ts';
import type { Engine } from '../wasm/engine.ts';
import { loadTargets } from '../wasm/positives.ts';
import type { Group } from './groups.ts';
import { bitsOf } from './recorder.ts';

/** Words of a row, as gpu/overlap.wgsl reads them. */
const ROW_WORDS = 12;
export const ROW_BYTES = ROW_WORDS * 4;
/** Overlap and class logit. */
export const PAIR_BYTES = 8;

/** One image's targets, and where their candidates lie. */
export interface ImageCandidates {
  count: number;
  /** [count, 4] xyxy pixels. */
  boxes: Float64Array;
  /** [L, count, 4] half-open rectangles of cells. */
  cells: Int32Array;
  /** [count] which chunk holds a target's pairs, and where in it they begin. */
  chunk: Int32Array;
  slot: Int32Array;
}

/** Target-anchor pairs that fit one binding; a target's lie together: level by level, row-major. */
export interface Chunk {
  pairs: number;
  /** Rows of level 0, then of level 1, … */
  rows: Uint32Array<ArrayBuffer>;
  levels: { firstRow: number; rows: number; pairs: number }[];
}

export interface GroupCandidates {
  images: ImageCandidates[];
  /** [images, A], 1 inside some target; padded to whole words. */
  cover: Uint8Array<ArrayBuffer>;
  /** Per level: whether it has any. */
  hasPairs: boolean[];
  chunks: Chunk[];
}

/** Finds the candidates of a group's images. @param most pairs that fit one binding */
export function groupCandidates(
  engine: Engine,
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
  { firstImage, images: count }: Group,
  most: number,
): GroupCandidates {
  const { anchors, levels } = predictions;
  const cover = new Uint8Array(Math.ceil((count * anchors) / 4) * 4);
  const builder = new ChunkBuilder(predictions, most);
  const images: ImageCandidates[] = [];
  for (let i = 0; i < count; i++) {
    const image = readImage(engine, predictions, targets, firstImage + i, cover, i * anchors);
    for (let t = 0; t < image.count; t++) {
      const channel = 4 * predictions.regMax + targets.cls[targets.offsets[firstImage + i] + t];
      builder.add(image, t, i, channel);
    }
    images.push(image);
  }
  const chunks = builder.finish();
  const hasPairs = levels.map((_, l) => chunks.some((chunk) => chunk.levels[l].pairs > 0));
  return { images, cover, hasPairs, chunks };
}

function readImage(
  engine: Engine,
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
  image: number,
  cover: Uint8Array,
  coverAt: number,
): ImageCandidates {
  const { arena } = engine;
  const { anchors, levels } = predictions;
  arena.reset();
  // Neither looks at the tensors' data.
  const geometry = predictions as Predictions;
  const own = loadTargets(engine, geometry, targets, image);
  const found = findCandidates(engine, geometry, own);
  cover.set(arena.u8.subarray(found.cover, found.cover + anchors), coverAt);
  const { count } = own;
  const cells = found.cells >>> 2;
  return {
    count,
    boxes: arena.f64.slice(own.boxes >>> 3, (own.boxes >>> 3) + count * 4),
    cells: arena.i32.slice(cells, cells + levels.length * count * 4),
    chunk: new Int32Array(count),
    slot: new Int32Array(count),
  };
}

class ChunkBuilder {
  readonly #levels: Predictions<Dense>['levels'];
  readonly #most: number;
  readonly #done: Chunk[] = [];
  #rows: number[][];
  #pairs: number[];
  #total = 0;

  constructor({ levels }: Predictions<Dense>, most: number) {
    this.#levels = levels;
    this.#most = most;
    this.#rows = levels.map(() => []);
    this.#pairs = levels.map(() => 0);
  }

  /** @param image index in the group */
  add(own: ImageCandidates, target: number, image: number, channel: number): void {
    const sizes = this.#levels.map((_, l) => {
      const [x1, y1, x2, y2] = rectangle(own, l, target);
      return (x2 - x1) * (y2 - y1);
    });
    const size = sizes.reduce((sum, pairs) => sum + pairs, 0);
    if (this.#total + size > this.#most) this.#close();
    own.chunk[target] = this.#done.length;
    own.slot[target] = this.#total;
    sizes.forEach((pairs, l) => {
      if (pairs > 0) this.#push(l, own, target, image, channel);
      this.#pairs[l] += pairs;
      this.#total += pairs;
    });
  }

  finish(): Chunk[] {
    this.#close();
    return this.#done;
  }

  #push(l: number, own: ImageCandidates, target: number, image: number, channel: number): void {
    const { stride, width } = this.#levels[l];
    const [x1, y1, x2] = rectangle(own, l, target);
    const [left, top, right, bottom] = own.boxes.subarray(4 * target, 4 * target + 4);
    const far = [right - (x1 + 0.5) * stride, bottom - (y1 + 0.5) * stride];
    this.#rows[l].push(
      this.#pairs[l],
      this.#total,
      x2 - x1,
      y1 * width + x1,
      image,
      channel,
      bitsOf((x1 + 0.5) * stride - left),
      bitsOf((y1 + 0.5) * stride - top),
      ...far.map(bitsOf),
      ...far.map((value) => bitsOf(value - Math.fround(value))),
    );
  }

  #close(): void {
    if (this.#total === 0) return;
    let firstRow = 0;
    const levels = this.#rows.map((words, l) => {
      const rows = words.length / ROW_WORDS;
      const level = { firstRow, rows, pairs: this.#pairs[l] };
      firstRow += rows;
      return level;
    });
    this.#done.push({ pairs: this.#total, rows: Uint32Array.from(this.#rows.flat()), levels });
    this.#rows = this.#levels.map(() => []);
    this.#pairs = this.#levels.map(() => 0);
    this.#total = 0;
  }
}

/** x1, y1, x2, y2 of a target's candidates on a level. */
export function rectangle(
  { cells, count }: ImageCandidates,
  level: number,
  target: number,
): readonly [x1: number, y1: number, x2: number, y2: number] {
  const at = (level * count + target) * 4;
  return [cells[at], cells[at + 1], cells[at + 2], cells[at + 3]];
}
