import type { Binding } from '../pass.ts';

/** Partial sums that a loss left in a job, their number, and the unit that they are in. */
export interface Recorded {
  slots: number;
  partials: Binding;
  unit: number;
}
