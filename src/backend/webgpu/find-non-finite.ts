import { DetlossError } from '../../errors.ts';
import type { Dense, Predictions } from '../backend.ts';
import type { Group } from './groups.ts';
import type { Memory, Readback } from './memory.ts';
import { type Place, recordFinite } from './record.ts';
import type { Recorder } from './recorder.ts';

/**
 * Looks for NaN and infinity in the levels that are in buffers, where that is asked for.
 *
 * @param places of every group in turn, all levels
 */
export function recordSearch(
  recorder: Recorder,
  memory: Memory,
  { checkFinite, levels }: Predictions<Dense>,
  places: readonly Place[],
): Readback | undefined {
  if (!checkFinite || levels.every(({ data }) => data instanceof Float32Array)) return undefined;
  const found = memory.upload(new Uint32Array(places.length));
  places.forEach((place, slot) => {
    if (place.level.data instanceof Float32Array) return;
    recordFinite(recorder, place, found, slot);
  });
  return memory.read(recorder, found);
}

/** @throws {DetlossError} NOT_FINITE, the search found something */
export function checkFound(
  action: string,
  search: Readback,
  { name, levels, channels }: Predictions<Dense>,
  groups: readonly Group[],
): void {
  const found = new Uint32Array(search.range()).slice();
  search.done();
  found.forEach((complement, slot) => {
    if (complement === 0) return;
    const l = slot % levels.length;
    const { imageStride, channelStride } = levels[l];
    const at = ~complement >>> 0;
    const { firstImage } = groups[Math.floor(slot / levels.length)];
    const image = firstImage + Math.floor(at / imageStride);
    const channel = Math.floor(at / channelStride) % channels;
    throw new DetlossError(
      'NOT_FINITE',
      `${action}: ${name}[${l}] holds NaN or infinity in image ${image}, channel ${channel}`,
    );
  });
}
