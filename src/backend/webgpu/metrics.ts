import { type GroupCandidates, PAIR_BYTES } from './candidates.ts';
import { type Memory, type Readback, STORAGE } from './memory.ts';
import { type Place, recordDfl, recordOverlap } from './record.ts';
import type { Recorder } from './recorder.ts';

/** Four distances of one anchor. */
const DISTANCES_BYTES = 16;

/** Decodes a group's candidates and compares them with their targets; a readback of every chunk of pairs. */
export function recordMetrics(
  recorder: Recorder,
  memory: Memory,
  { cover, hasPairs, chunks }: GroupCandidates,
  places: readonly Place[],
): Readback[] {
  if (chunks.length === 0) return [];
  const [{ images, predictions }] = places;
  const covers = memory.upload(cover);
  const distances = memory.take(images * predictions.anchors * DISTANCES_BYTES, STORAGE);
  for (const place of places) {
    if (hasPairs[place.index]) recordDfl(recorder, place, covers, distances);
  }
  return chunks.map((chunk) => {
    const rows = memory.upload(chunk.rows);
    const metrics = memory.takeReadable(chunk.pairs * PAIR_BYTES);
    for (const place of places) recordOverlap(recorder, place, chunk, rows, distances, metrics);
    return memory.read(recorder, metrics);
  });
}
