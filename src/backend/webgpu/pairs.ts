import type { Candidates } from '../assign/candidates.ts';
import type { MeasuredPairs, Pairs, Ranking, Steps, TargetPairs } from '../assign/pairs.ts';
import { type AnchorTargets, evenCount, type ImagePositives } from '../assign/positives.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';

/** Overlaps, max(similarity, 0), and class logits of a chunk's pairs, as the device computed and gathered them. */
export interface Metrics {
  overlaps: Float32Array;
  logits: Float32Array;
}

/** One image's candidates, and where the device keeps the pairs of each target. */
export interface ImagePairs {
  candidates: Candidates;
  /** [N] chunk that holds a target's pairs. */
  chunk: Int32Array;
  /** [N] position of a target's first pair in its chunk. */
  slot: Int32Array;
}

/** Bytes of memory of the pairs of one target. */
interface Scratch {
  anchors: number;
  overlaps: number;
  logits: number;
  alignments: number;
  best: number;
}

/** Pairs of one image whose overlaps and logits were read from the device. */
export class DevicePairs implements Pairs {
  readonly engine: CriteriaEngine;
  readonly image: number;
  readonly anchors: number;
  readonly candidates: Candidates;
  readonly #pairs: ImagePairs;
  /** Metrics of each chunk. */
  readonly #metrics: readonly Metrics[];
  #scratch: Scratch | undefined;

  constructor(
    engine: CriteriaEngine,
    image: number,
    anchors: number,
    pairs: ImagePairs,
    metrics: readonly Metrics[],
  ) {
    this.engine = engine;
    this.image = image;
    this.anchors = anchors;
    this.candidates = pairs.candidates;
    this.#pairs = pairs;
    this.#metrics = metrics;
  }

  /** No task is left, because the device has measured the pairs. */
  visit(target: number, use: (pairs: TargetPairs) => void): null {
    const count = this.candidates.count(target);
    if (count === 0) return null;
    const { anchors, overlaps, logits } = this.#take();
    const { f32, i32 } = this.engine.arena;
    const metrics = this.#metrics[this.#pairs.chunk[target]];
    const slot = this.#pairs.slot[target];
    this.candidates.listAnchors(target, i32, anchors >>> 2);
    f32.set(metrics.overlaps.subarray(slot, slot + count), overlaps >>> 2);
    f32.set(metrics.logits.subarray(slot, slot + count), logits >>> 2);
    use({ count, anchors, overlaps, logits });
    return null;
  }

  choose(
    target: number,
    ranking: Ranking,
    use: (pairs: TargetPairs, best: number, chosen: number) => void,
  ): null {
    return this.visit(target, (pairs) => {
      const { alignments, best } = this.#take();
      const { count, overlaps, logits } = pairs;
      const own = { count, overlaps, logits, alignments, chosen: best };
      use(pairs, best, this.engine.call('rank', { ...own, ...ranking }));
    });
  }

  // biome-ignore lint/correctness/useYield: the device has measured the pairs
  *measure({ anchors, targets }: AnchorTargets): Steps<MeasuredPairs> {
    const { arena } = this.engine;
    const count = anchors.length;
    const overlaps = arena.takeZeroed(evenCount(count) * 8);
    const logits = arena.takeZeroed(evenCount(count) * 4);
    const { f32, f64 } = arena;
    for (let i = 0; i < count; i++) {
      const pair = this.#find(anchors[i], targets[i]);
      f64[(overlaps >>> 3) + i] = pair?.overlap ?? -1;
      f32[(logits >>> 2) + i] = pair?.logit ?? 0;
    }
    return { overlaps, logits };
  }

  /** Logits of the positives' classes. */
  logitsOf({ anchors, targets }: ImagePositives): Float32Array {
    return Float32Array.from(anchors, (anchor, i) => this.#find(anchor, targets[i])?.logit ?? 0);
  }

  #find(anchor: number, target: number): { overlap: number; logit: number } | undefined {
    const position = this.candidates.indexOf(target, anchor);
    if (position < 0) return undefined;
    const { overlaps, logits } = this.#metrics[this.#pairs.chunk[target]];
    const at = this.#pairs.slot[target] + position;
    return { overlap: overlaps[at], logit: logits[at] };
  }

  /** Memory for one target at a time. */
  #take(): Scratch {
    if (this.#scratch) return this.#scratch;
    const { arena } = this.engine;
    const most = evenCount(this.anchors);
    this.#scratch = {
      anchors: arena.take(most * 4),
      overlaps: arena.take(most * 4),
      logits: arena.take(most * 4),
      alignments: arena.take(most * 8),
      best: arena.take(most * 4),
    };
    return this.#scratch;
  }
}
