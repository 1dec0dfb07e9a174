import type { Binding } from '../recorder.ts';

/** What a loss left in a job: how many partial sums, and where. */
export interface Recorded {
  slots: number;
  partials: Binding;
}
