interface Gap {
  start: number;
  end: number;
}

/** Free ranges of a memory, in ascending order; adjacent ranges are joined. */
export class Gaps {
  readonly #gaps: Gap[] = [];

  /** Takes bytes from the smallest sufficient gap and returns their start; −1 if there is none. */
  take(bytes: number): number {
    let best = -1;
    let least = Infinity;
    this.#gaps.forEach(({ start, end }, i) => {
      if (end - start < bytes || end - start >= least) return;
      best = i;
      least = end - start;
    });
    if (best < 0) return -1;
    const gap = this.#gaps[best];
    const { start } = gap;
    gap.start += bytes;
    if (gap.start === gap.end) this.#gaps.splice(best, 1);
    return start;
  }

  give(start: number, end: number): void {
    if (start === end) return;
    let i = 0;
    while (i < this.#gaps.length && this.#gaps[i].start < start) i++;
    this.#gaps.splice(i, 0, { start, end });
    this.#join(i + 1);
    this.#join(i);
  }

  /** Takes the gap that reaches up to `end` and returns its start, or `end` if there is none. */
  takeUpTo(end: number): number {
    const last = this.#gaps[this.#gaps.length - 1];
    if (last?.end !== end) return end;
    this.#gaps.pop();
    return last.start;
  }

  /** Joins a gap with the one before it if they touch. */
  #join(i: number): void {
    const [before, gap] = [this.#gaps[i - 1], this.#gaps[i]];
    if (!before || !gap || before.end !== gap.start) return;
    before.end = gap.end;
    this.#gaps.splice(i, 1);
  }
}
