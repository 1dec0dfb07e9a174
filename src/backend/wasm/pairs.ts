import type { Candidates } from '../assign/candidates.ts';
import type { MeasuredPairs, Pairs, Ranking, Step, Steps, TargetPairs } from '../assign/pairs.ts';
import { type AnchorTargets, evenCount } from '../assign/positives.ts';
import {
  LEVEL_RECTANGLES,
  RECTANGLE,
  ROTATED_SCRATCH_BYTES,
} from '../programs/criteria/kernels.ts';
import { JOIN, SlotLayout } from '../runtime/task.ts';
import type { HeadContext } from './head.ts';
import { measureTasks } from './measure.ts';

/** No choice among a target's candidates. */
const NO_RANKING: Ranking = { alpha: 0, beta: 0, topk: 0 };

/** Offsets in a slot of the most that the pairs of a target need. */
export type PairLayout = ReturnType<typeof pairLayout>;

export function pairLayout({ predictions, assigner }: HeadContext) {
  const { anchors, levels: all, geometry } = predictions;
  const most = all.reduce((sum, level) => sum + geometry.mostRectangles(level), 0);
  const layout = new SlotLayout();
  return {
    levels: layout.take(all.length * LEVEL_RECTANGLES.bytes),
    rectangles: layout.take(most * RECTANGLE.bytes),
    target: layout.take(geometry.recordNumbers * 8),
    logits: layout.take(anchors * 4),
    anchors: layout.take(anchors * 4),
    overlaps: layout.take(anchors * 4),
    alignments: layout.take(anchors * 8),
    chosen: layout.take(Math.min(anchors, assigner.needs.topk) * 4),
    scratch: layout.take(ROTATED_SCRATCH_BYTES),
    end: layout.end,
  };
}

/** Pairs of one image whose overlaps kernels compute in WASM memory. */
export class WasmPairs implements Pairs {
  readonly engine;
  readonly image: number;
  readonly anchors: number;
  readonly candidates: Candidates;
  readonly #head: HeadContext;
  /** Address of the predictions' distances, see `ChooseParams`. */
  readonly #distances: number;
  readonly #layout: PairLayout;

  constructor(
    head: HeadContext,
    image: number,
    candidates: Candidates,
    distances: number,
    layout: PairLayout,
  ) {
    this.engine = head.engine;
    this.image = image;
    this.anchors = head.predictions.anchors;
    this.candidates = candidates;
    this.#head = head;
    this.#distances = distances;
    this.#layout = layout;
  }

  visit(target: number, use: (pairs: TargetPairs) => void): Step {
    return this.choose(target, NO_RANKING, use);
  }

  /** One task measures, aligns and chooses: the fused path of `rank`. */
  choose(
    target: number,
    ranking: Ranking,
    use: (pairs: TargetPairs, best: number, chosen: number) => void,
  ): Step {
    const count = this.candidates.count(target);
    if (count === 0) return null;
    const { levels, anchors } = this.#head.predictions;
    const kind = this.#head.assigner.needs.overlap;
    const { alpha, beta, topk } = ranking;
    const at = this.#layout;
    return {
      kernel: 'choose',
      load: (slot) => {
        this.#loadRectangles(target, slot + at.levels, slot + at.rectangles);
        this.#loadRecord(target, slot + at.target);
        this.#gatherLogits(target, slot + at.logits);
        this.candidates.listAnchors(target, this.engine.arena.i32, (slot + at.anchors) >>> 2);
        return {
          levels: slot + at.levels,
          levelCount: levels.length,
          rectangles: slot + at.rectangles,
          distances: this.#distances,
          sidePitch: anchors * 4,
          target: slot + at.target,
          kind,
          logits: slot + at.logits,
          alpha,
          beta,
          topk,
          count: 0,
          overlaps: slot + at.overlaps,
          alignments: slot + at.alignments,
          chosen: slot + at.chosen,
          scratch: slot + at.scratch,
        };
      },
      store: (slot, chosen) => {
        const pairs = {
          count,
          anchors: slot + at.anchors,
          overlaps: slot + at.overlaps,
          logits: slot + at.logits,
        };
        use(pairs, slot + at.chosen, chosen);
      },
    };
  }

  /** Overlaps of positives, decoded and compared again in float64. */
  *measure(pairs: AnchorTargets): Steps<MeasuredPairs> {
    const { arena } = this.engine;
    const count = evenCount(pairs.anchors.length);
    const to = { overlaps: arena.take(count * 8), logits: arena.take(count * 4) };
    yield* measureTasks(this.#head, this.candidates, pairs, to);
    yield JOIN;
    return to;
  }

  #loadRectangles(target: number, table: number, cells: number): void {
    const { arena } = this.engine;
    this.candidates.copyCells(target, arena.i32, cells >>> 2);
    const { levels } = this.#head.predictions;
    for (let l = 0; l < levels.length; l++) {
      const { firstAnchor, width, stride } = levels[l];
      const count = this.candidates.countOn(l, target);
      const level = { firstAnchor, width, stride, count, reserved: 0 };
      LEVEL_RECTANGLES.write(arena, table + l * LEVEL_RECTANGLES.bytes, level);
    }
  }

  #loadRecord(target: number, to: number): void {
    const { predictions, records, targets } = this.#head;
    const { recordNumbers } = predictions.geometry;
    const first = (targets.offsets[this.image] + target) * recordNumbers;
    this.engine.arena.putDoubles(to, records, first, first + recordNumbers);
  }

  /** Logit of the target's class at each of its candidates. */
  #gatherLogits(target: number, to: number): void {
    const { f32 } = this.engine.arena;
    const { predictions, targets } = this.#head;
    const channel = 4 * predictions.regMax + targets.cls[targets.offsets[this.image] + target];
    let next = to >>> 2;
    this.candidates.each(target, (level, x1, y1, x2, y2) => {
      const { width, imageStride, channelStride, cellStride } = level;
      const data = level.data as Float32Array;
      const base = this.image * imageStride + channel * channelStride;
      for (let y = y1; y < y2; y++) {
        const end = base + (y * width + x2) * cellStride;
        for (let from = base + (y * width + x1) * cellStride; from < end; from += cellStride) {
          f32[next++] = data[from];
        }
      }
    });
  }
}
