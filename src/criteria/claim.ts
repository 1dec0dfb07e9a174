import { ShapeError } from '../errors.ts';
import { type Destination, overlaps } from '../validate/out.ts';

/** Memory that a call of a criterion writes to. No other call may use it until the call settles. */
export class Claim {
  readonly #action: string;
  readonly #outNames: readonly string[];
  /** Claims of all pending calls of the criterion. */
  readonly #all: Set<Claim>;
  #taken: readonly Destination[] = [];

  constructor(action: string, outNames: readonly string[], all: Set<Claim>) {
    this.#action = action;
    this.#outNames = outNames;
    this.#all = all;
  }

  /** @throws {ShapeError} OUT_ALIASES_INPUT: another call has claimed it */
  take(outs: readonly Destination[]): void {
    for (const claim of this.#all) {
      const at = outs.findIndex(({ view }) =>
        claim.#taken.some((other) => overlaps(view, other.view, false)),
      );
      if (at < 0) continue;
      throw new ShapeError(
        'OUT_ALIASES_INPUT',
        `${this.#action}: ${this.#outNames[at]} needs memory of its own, got memory that another call, which has not ` +
          'settled, writes to',
      );
    }
    this.#taken = outs;
    this.#all.add(this);
  }

  end(): void {
    this.#all.delete(this);
  }
}
