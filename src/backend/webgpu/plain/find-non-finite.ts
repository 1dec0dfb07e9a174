import type { Dense } from '../../backend.ts';
import { checkComplement } from '../check-complement.ts';
import type { Pipeline } from '../compile.ts';
import { walkRuns } from '../walk-runs.ts';
import type { Job } from './job.ts';
import { elementsOf, partsOf } from './parts.ts';
import { ELEMENTS } from './pipelines.ts';

/**
 * Looks for NaN and infinity in a tensor [rows, classes].
 *
 * @returns what to do once the device was waited for: throws DetlossError NOT_FINITE where it found something
 */
export function recordFinite(
  job: Job,
  pass: Pipeline,
  limits: GPUSupportedLimits,
  action: string,
  name: string,
  data: Dense,
  rows: number,
  classes: number,
): () => void {
  const parts = partsOf(action, rows, classes, limits);
  const found = job.upload(new Int32Array(parts.length));
  parts.forEach((part, slot) => {
    const elements = elementsOf(part, classes);
    const { base, ...window } = job.input(name, data, elements);
    const { threads, words } = walkRuns(1, elements.count, elements.count, ELEMENTS);
    job.recorder.run(pass, `${slot}`, threads, [...words, base, slot], [window, found]);
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
