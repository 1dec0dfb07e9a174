import type { Dense } from '../../inputs.ts';
import { checkComplement } from '../check-complement.ts';
import { ELEMENTS, walkRuns } from '../walk-runs.ts';
import type { Job } from './job.ts';
import { elementsOf, partsOf } from './parts.ts';

/** A tensor [rows, classes], and its names in messages. */
interface Searched {
  action: string;
  name: string;
  data: Dense;
  rows: number;
  classes: number;
}

/**
 * Searches a tensor [rows, classes] for NaN and infinity.
 *
 * @returns check for after the wait: throws DetlossError NOT_FINITE if something was found
 */
export function recordFinite(
  job: Job,
  limits: GPUSupportedLimits,
  { action, name, data, rows, classes }: Searched,
): () => void {
  const parts = partsOf(action, rows, classes, limits);
  const found = job.upload(new Int32Array(parts.length));
  parts.forEach((part, slot) => {
    const elements = elementsOf(part, classes);
    const { base, ...window } = job.input(name, data, elements);
    const walk = { ...walkRuns(1, elements.count, elements.count, ELEMENTS.finite), base };
    const bindings = { logits: window, found };
    job.recorder.dispatch('finite', `${slot}`, walk.threads, { walk, slot }, bindings);
  });
  let complements = new Uint32Array(0);
  job.read(found, (bytes) => {
    complements = new Uint32Array(bytes.slice(0));
  });
  return () => {
    parts.forEach(({ first }, slot) => {
      const strides = {
        imageStride: classes,
        channelStride: 1,
        channels: classes,
        firstImage: first,
      };
      checkComplement(action, name, complements[slot], strides);
    });
  };
}
