import type { Dense, Predictions } from '../inputs.ts';
import { DEVICE_GEOMETRIES, type DeviceGeometry, type Row } from './geometry.ts';
import type { ImagePairs } from './pairs.ts';

/** Bytes of an overlap and a class logit. */
export const PAIR_BYTES = 8;

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
  readonly #geometry: DeviceGeometry;
  readonly #most: number;
  readonly #done: Chunk[] = [];
  #rows: Row[][];
  #pairs: number[];
  #total = 0;

  /** @param mostBytes most bytes that fit one binding */
  constructor({ levels, geometry }: Predictions<Dense>, mostBytes: number) {
    this.#levels = levels;
    this.#geometry = DEVICE_GEOMETRIES[geometry.name];
    // If every target has a single pair, rows take more memory than pairs
    this.#most = Math.floor(mostBytes / Math.max(this.#geometry.row.bytes, PAIR_BYTES));
    this.#rows = levels.map(() => []);
    this.#pairs = levels.map(() => 0);
  }

  /**
   * Adds the pairs of one target.
   *
   * @param image index in the group
   * @param channel channel of the target's class
   * @param record see `Geometry.recordsOf`
   */
  add(own: ImagePairs, target: number, image: number, channel: number, record: Float64Array): void {
    if (this.#total + own.candidates.count(target) > this.#most) this.#close();
    own.chunk[target] = this.#done.length;
    own.slot[target] = this.#total;
    own.candidates.each(target, (level, x1, y1, x2, y2) => {
      const { width, stride } = level;
      const l = this.#levels.indexOf(level);
      const shared = {
        first: this.#pairs[l],
        slot: this.#total,
        columns: x2 - x1,
        firstCell: y1 * width + x1,
        image,
        channel,
      };
      const [x, y] = [(x1 + 0.5) * stride, (y1 + 0.5) * stride];
      const pairs = (x2 - x1) * (y2 - y1);
      this.#rows[l].push(this.#geometry.rowOf(shared, record, x, y));
      this.#pairs[l] += pairs;
      this.#total += pairs;
    });
  }

  finish(): Chunk[] {
    this.#close();
    return this.#done;
  }

  #close(): void {
    if (this.#total === 0) return;
    let firstRow = 0;
    const levels = this.#rows.map(({ length: rows }, l) => {
      const level = { firstRow, rows, pairs: this.#pairs[l] };
      firstRow += rows;
      return level;
    });
    const rows = this.#geometry.row.arrayOf(this.#rows.flat());
    this.#done.push({ pairs: this.#total, rows, levels });
    this.#rows = this.#levels.map(() => []);
    this.#pairs = this.#levels.map(() => 0);
    this.#total = 0;
  }
}
