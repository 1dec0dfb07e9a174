import type { Dense, Predictions } from '../backend.ts';
import { type ImageCandidates, type Rectangle, rectanglesOf } from './image-candidates.ts';
import { bitsOf, lowBitsOf } from './recorder.ts';

/** Words of a row, as gpu/lib/row-upright.wgsl and row-rotated.wgsl read them. */
const ROW_WORDS = 12;
export const ROW_BYTES = ROW_WORDS * 4;
/** Overlap and class logit. */
export const PAIR_BYTES = 8;
/** Numbers of a rotated target. */
const ROTATED_NUMBERS = 7;

/** Target-anchor pairs that fit one binding; a target's lie together: level by level, row-major. */
export interface Chunk {
  pairs: number;
  /** Rows of level 0, then of level 1, … */
  rows: Uint32Array<ArrayBuffer>;
  levels: { firstRow: number; rows: number; pairs: number }[];
}

/** Cuts the pairs of images into chunks. */
export class ChunkBuilder {
  readonly #levels: Predictions<Dense>['levels'];
  readonly #most: number;
  readonly #done: Chunk[] = [];
  #rows: number[][];
  #pairs: number[];
  #total = 0;

  /** @param most pairs that fit one binding */
  constructor({ levels }: Predictions<Dense>, most: number) {
    this.#levels = levels;
    this.#most = most;
    this.#rows = levels.map(() => []);
    this.#pairs = levels.map(() => 0);
  }

  /** @param image index in the group */
  add(own: ImageCandidates, target: number, image: number, channel: number): void {
    const rectangles = this.#levels.map((_, l) => rectanglesOf(own, l, target));
    const size = rectangles.flat().reduce((sum, rectangle) => sum + pairsIn(rectangle), 0);
    if (this.#total + size > this.#most) this.#close();
    own.chunk[target] = this.#done.length;
    own.slot[target] = this.#total;
    const boxOf = own.rotated ? rotatedBox : uprightBox;
    rectangles.forEach((onLevel, l) => {
      const { width, stride } = this.#levels[l];
      for (const rectangle of onLevel) {
        const pairs = pairsIn(rectangle);
        if (pairs === 0) continue;
        const [x1, y1, x2] = rectangle;
        const cells = [x2 - x1, y1 * width + x1];
        const box = boxOf(own, target, (x1 + 0.5) * stride, (y1 + 0.5) * stride);
        this.#rows[l].push(this.#pairs[l], this.#total, ...cells, image, channel, ...box);
        this.#pairs[l] += pairs;
        this.#total += pairs;
      }
    });
  }

  finish(): Chunk[] {
    this.#close();
    return this.#done;
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

function pairsIn([x1, y1, x2, y2]: Rectangle): number {
  return (x2 - x1) * (y2 - y1);
}

/** A target as its row has it. @param x y the first cell's centre, pixels */
function uprightBox({ boxes }: ImageCandidates, target: number, x: number, y: number): number[] {
  const [left, top, right, bottom] = boxes.subarray(4 * target, 4 * target + 4);
  const far = [right - x, bottom - y];
  return [x - left, y - top, ...far].map(bitsOf).concat(far.map(lowBitsOf));
}

function rotatedBox({ rotated }: ImageCandidates, target: number, x: number, y: number): number[] {
  const first = ROTATED_NUMBERS * target;
  const box = (rotated as Float64Array).subarray(first, first + ROTATED_NUMBERS);
  const [centreX, centreY, width, height, angle] = box;
  return [...[x - centreX, y - centreY, width, height, angle].map(bitsOf), lowBitsOf(angle)];
}
