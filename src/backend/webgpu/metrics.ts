import type { BoxIouKind } from '../../kinds.ts';
import type { GroupCandidates } from './candidates.ts';
import { PAIR_BYTES } from './chunks.ts';
import type { DeviceCall } from './device-call.ts';
import { STORAGE } from './memory.ts';
import type { Metrics } from './pairs.ts';
import { type Place, recordDfl, recordOverlap } from './record.ts';

/** Four distances of one anchor. */
const DISTANCES_BYTES = 16;

/**
 * Decodes a group's candidates and compares them with their targets.
 *
 * @param kind similarity of the overlaps
 * @returns metrics of each chunk of pairs, complete once the device was waited for
 */
export function recordMetrics(
  call: DeviceCall,
  kind: BoxIouKind,
  { cover, hasPairs, chunks }: GroupCandidates,
  places: readonly Place[],
): Metrics[] {
  if (chunks.length === 0) return [];
  const { memory, recorder } = call;
  const [{ images, predictions }] = places;
  const covers = memory.upload(cover);
  const distances = memory.take(images * predictions.anchors * DISTANCES_BYTES, STORAGE);
  for (const place of places) {
    if (hasPairs[place.index]) recordDfl(recorder, place, { cover: covers, distances });
  }
  return chunks.map((chunk) => {
    const rows = memory.upload(chunk.rows);
    const metrics = memory.takeReadable(chunk.pairs * PAIR_BYTES);
    const bindings = { rows, distances, metrics };
    for (const place of places) recordOverlap(recorder, place, kind, chunk, bindings);
    const read: Metrics = { overlaps: NONE, logits: NONE };
    call.read(metrics, (bytes) => {
      const values = new Float32Array(bytes.slice(0, chunk.pairs * PAIR_BYTES));
      read.overlaps = values.subarray(0, chunk.pairs);
      read.logits = values.subarray(chunk.pairs);
    });
    return read;
  });
}

const NONE = new Float32Array(0);
