import { findCandidates } from '../assign/candidates.ts';
import { type Chunk, ChunkBuilder } from './chunks.ts';
import type { HeadContext } from './head-context.ts';
import type { Group } from './image-groups.ts';
import type { ImagePairs } from './pairs.ts';

/** Candidates of a group's images. */
export interface GroupCandidates {
  images: ImagePairs[];
  /** [images, A], 1 inside some target; padded to whole words. */
  cover: Uint8Array<ArrayBuffer>;
  /** [L], whether a level has any. */
  hasPairs: boolean[];
  chunks: Chunk[];
}

/** Finds the candidates of a group's images. @param mostBytes most bytes that fit one binding */
export function groupCandidates(
  head: HeadContext,
  { firstImage, images: count }: Group,
  mostBytes: number,
): GroupCandidates {
  const { engine, predictions, targets, records, assigner } = head;
  const { anchors, levels, geometry, regMax } = predictions;
  const { recordNumbers } = geometry;
  const rule = { smallTargets: assigner.needs.smallTargets, withBorder: true };
  const cover = new Uint8Array(Math.ceil((count * anchors) / 4) * 4);
  const builder = new ChunkBuilder(predictions, mostBytes);
  const images = Array.from({ length: count }, (_, i) => {
    engine.arena.reset();
    const found = findCandidates(engine, predictions, head, rule, firstImage + i);
    const { candidates, cover: own } = found;
    cover.set(engine.arena.u8.subarray(own, own + anchors), i * anchors);
    const length = candidates.targets;
    const image = { candidates, chunk: new Int32Array(length), slot: new Int32Array(length) };
    for (let t = 0; t < length; t++) {
      const row = targets.offsets[firstImage + i] + t;
      const record = records.subarray(row * recordNumbers, (row + 1) * recordNumbers);
      builder.add(image, t, i, 4 * regMax + targets.cls[row], record);
    }
    return image;
  });
  const chunks = builder.finish();
  const hasPairs = levels.map((_, l) => chunks.some((chunk) => chunk.levels[l].pairs > 0));
  return { images, cover, hasPairs, chunks };
}
