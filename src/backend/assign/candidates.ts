import type { SmallTargets } from '../../defaults.ts';
import type { Dense, Level, Predictions } from '../inputs.ts';
import { RECTANGLE } from '../programs/criteria/kernels.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';
import type { HeadTargets } from './head-targets.ts';

/** Candidates of one image's targets: the anchors inside each, as rectangles of cells, level by level. */
export class Candidates {
  /** Number of the image's targets. */
  readonly targets: number;
  readonly #levels: readonly Level<Dense>[];
  /** [n, 4] rectangles of target 0, then of target 1, …: x1, y1, x2, y2 in cells, half-open. */
  readonly #cells: Int32Array;
  /** [n] level of each rectangle. */
  readonly #levelOf: Uint8Array;
  /** [N + 1] target t has the rectangles starts[t] to starts[t + 1]. */
  readonly #starts: Int32Array;

  constructor(
    levels: readonly Level<Dense>[],
    { cells, levelOf, starts }: { cells: Int32Array; levelOf: Uint8Array; starts: Int32Array },
  ) {
    this.targets = starts.length - 1;
    this.#levels = levels;
    this.#cells = cells;
    this.#levelOf = levelOf;
    this.#starts = starts;
  }

  /** Number of a target's candidates. */
  count(target: number): number {
    const cells = this.#cells;
    const end = 4 * this.#starts[target + 1];
    let count = 0;
    for (let i = 4 * this.#starts[target]; i < end; i += 4) {
      count += (cells[i + 2] - cells[i]) * (cells[i + 3] - cells[i + 1]);
    }
    return count;
  }

  /** Writes a target's rectangles, i32 [n, 4]. */
  copyCells(target: number, to: Int32Array, first: number): void {
    const cells = this.#cells;
    const end = 4 * this.#starts[target + 1];
    for (let i = 4 * this.#starts[target], next = first; i < end; i++) to[next++] = cells[i];
  }

  /** Number of a target's rectangles on a level. */
  countOn(level: number, target: number): number {
    let count = 0;
    for (let r = this.#starts[target]; r < this.#starts[target + 1]; r++) {
      if (this.#levelOf[r] === level) count++;
    }
    return count;
  }

  /** Visits a target's rectangles. */
  each(
    target: number,
    visit: (level: Level<Dense>, x1: number, y1: number, x2: number, y2: number) => void,
  ): void {
    const cells = this.#cells;
    for (let r = this.#starts[target]; r < this.#starts[target + 1]; r++) {
      const level = this.#levels[this.#levelOf[r]];
      visit(level, cells[4 * r], cells[4 * r + 1], cells[4 * r + 2], cells[4 * r + 3]);
    }
  }

  /** Writes the anchors of a target's candidates, rectangle by rectangle, row-major. */
  listAnchors(target: number, anchors: Int32Array, first: number): void {
    const cells = this.#cells;
    let next = first;
    for (let r = this.#starts[target]; r < this.#starts[target + 1]; r++) {
      const { firstAnchor, width } = this.#levels[this.#levelOf[r]];
      for (let y = cells[4 * r + 1]; y < cells[4 * r + 3]; y++) {
        const row = firstAnchor + y * width;
        const end = row + cells[4 * r + 2];
        for (let anchor = row + cells[4 * r]; anchor < end; anchor++) anchors[next++] = anchor;
      }
    }
  }

  /** Position of an anchor in the list of a target's candidates; −1 if it is none. */
  indexOf(target: number, anchor: number): number {
    const cells = this.#cells;
    let before = 0;
    for (let r = this.#starts[target]; r < this.#starts[target + 1]; r++) {
      const { firstAnchor, cells: size, width } = this.#levels[this.#levelOf[r]];
      const x1 = cells[4 * r];
      const y1 = cells[4 * r + 1];
      const x2 = cells[4 * r + 2];
      const y2 = cells[4 * r + 3];
      const cell = anchor - firstAnchor;
      if (cell >= 0 && cell < size) {
        const x = cell % width;
        const y = (cell - x) / width;
        if (x >= x1 && x < x2 && y >= y1 && y < y2) return before + (y - y1) * (x2 - x1) + x - x1;
      }
      before += (x2 - x1) * (y2 - y1);
    }
    return -1;
  }
}

/** Candidates of an image, and which anchors are a candidate of any of its targets. */
export interface FoundCandidates {
  candidates: Candidates;
  /** Address of u8 [A], 1 at candidates; good until the arena is reset. */
  cover: number;
  /** [L] number of target-anchor pairs. */
  pairs: number[];
}

/** Anchors that are candidates of a target. */
export interface CandidateRule {
  /** Growth of small targets. */
  smallTargets: SmallTargets | false;
  /** Whether those on the border of a rotated target are. */
  withBorder: boolean;
}

/** No side is below it. */
const NO_GROWTH: SmallTargets = { below: 0, growTo: 0 };

/** Finds the candidates of one image's targets, which the geometry's kernel does. Source: rule 1 of docs/losses.md. */
export function findCandidates(
  engine: CriteriaEngine,
  { geometry, levels, anchors }: Predictions<Dense>,
  { targets, records }: Pick<HeadTargets, 'targets' | 'records'>,
  { smallTargets, withBorder }: CandidateRule,
  image: number,
): FoundCandidates {
  const { arena } = engine;
  const { recordNumbers } = geometry;
  const { below, growTo } = smallTargets || NO_GROWTH;
  const [first, end] = [targets.offsets[image], targets.offsets[image + 1]];
  const count = end - first;
  const own = arena.take(count * recordNumbers * 8);
  const cover = arena.takeZeroed(anchors);
  arena.putDoubles(own, records, first * recordNumbers, end * recordNumbers);
  const found: LevelRectangles[] = [];
  const pairs: number[] = [];
  for (const level of levels) {
    const { stride, height, width, firstAnchor } = level;
    const rectangles = arena.take(count * geometry.mostRectangles(level) * RECTANGLE.bytes);
    const ends = arena.take(count * 4);
    const onLevel = engine.call(geometry.candidates, {
      targets: own,
      count,
      stride,
      height,
      width,
      below,
      growTo,
      withBorder,
      rectangles,
      ends,
      cover: cover + firstAnchor,
    });
    found.push({ rectangles, ends });
    pairs.push(onLevel);
  }
  const candidates = new Candidates(levels, rectanglesByTarget(arena.i32, found, count));
  return { candidates, cover, pairs };
}

/** Addresses of all targets' rectangles on a level, and of i32 [N], where each target's end. */
interface LevelRectangles {
  rectangles: number;
  ends: number;
}

/** Brings rectangles that lie level by level, at these addresses, into the order of the targets. */
function rectanglesByTarget(i32: Int32Array, found: readonly LevelRectangles[], count: number) {
  let total = 0;
  for (const { ends } of found) total += count > 0 ? i32[(ends >>> 2) + count - 1] : 0;
  const cells = new Int32Array(4 * total);
  const levelOf = new Uint8Array(total);
  const starts = new Int32Array(count + 1);
  let end = 0;
  for (let target = 0; target < count; target++) {
    for (let l = 0; l < found.length; l++) {
      const ends = found[l].ends >>> 2;
      const last = i32[ends + target];
      for (let r = target > 0 ? i32[ends + target - 1] : 0; r < last; r++, end++) {
        const from = (found[l].rectangles >>> 2) + 4 * r;
        levelOf[end] = l;
        cells[4 * end] = i32[from];
        cells[4 * end + 1] = i32[from + 1];
        cells[4 * end + 2] = i32[from + 2];
        cells[4 * end + 3] = i32[from + 3];
      }
    }
    starts[target + 1] = end;
  }
  return { cells, levelOf, starts };
}
