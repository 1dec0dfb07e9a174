import type { Binding } from '../pass.ts';

/** Partial sums that a loss left in a job, and their number. */
export interface Recorded {
  slots: number;
  partials: Binding;
}
