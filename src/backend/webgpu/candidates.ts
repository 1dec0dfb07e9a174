import type { Dense, GroupedTargets, Predictions } from '../backend.ts';
import type { Arena } from '../runtime/arena.ts';
import type { Engine } from '../runtime/engine.ts';
import { findCandidates } from '../wasm/candidates.ts';
import { loadTargets } from '../wasm/positives.ts';
import { ROTATED_TARGET_BYTES } from '../wasm/rotated-targets.ts';
import { type Chunk, ChunkBuilder } from './chunks.ts';
import type { Group } from './groups.ts';
import type { ImageCandidates } from './image-candidates.ts';

export interface GroupCandidates {
  images: ImageCandidates[];
  /** [images, A], 1 inside some target; padded to whole words. */
  cover: Uint8Array<ArrayBuffer>;
  /** Per level: whether it has any. */
  hasPairs: boolean[];
  chunks: Chunk[];
}

/** Finds the candidates of a group's images. @param most pairs that fit one binding */
export function groupCandidates(
  engine: Engine,
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
  { firstImage, images: count }: Group,
  most: number,
): GroupCandidates {
  const { anchors, levels } = predictions;
  const cover = new Uint8Array(Math.ceil((count * anchors) / 4) * 4);
  const builder = new ChunkBuilder(predictions, most);
  const images: ImageCandidates[] = [];
  for (let i = 0; i < count; i++) {
    const image = readImage(engine, predictions, targets, firstImage + i, cover, i * anchors);
    for (let t = 0; t < image.count; t++) {
      const channel = 4 * predictions.regMax + targets.cls[targets.offsets[firstImage + i] + t];
      builder.add(image, t, i, channel);
    }
    images.push(image);
  }
  const chunks = builder.finish();
  const hasPairs = levels.map((_, l) => chunks.some((chunk) => chunk.levels[l].pairs > 0));
  return { images, cover, hasPairs, chunks };
}

function readImage(
  engine: Engine,
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
  image: number,
  cover: Uint8Array,
  coverAt: number,
): ImageCandidates {
  const { arena } = engine;
  const { anchors, levels } = predictions;
  arena.reset();
  // Neither looks at the tensors' data.
  const geometry = predictions as Predictions;
  const own = loadTargets(engine, geometry, targets, image);
  const found = findCandidates(engine, geometry, own);
  cover.set(arena.u8.subarray(found.cover, found.cover + anchors), coverAt);
  const { count, boxes, rotated } = own;
  const ends = found.ends
    ? levels.map((_, l) => i32From(arena, found.ends + l * count * 4, count))
    : null;
  return {
    count,
    boxes: f64From(arena, boxes, count * 4),
    rotated: rotated ? f64From(arena, rotated, (count * ROTATED_TARGET_BYTES) / 8) : null,
    cells: levels.map((_, l) => {
      const rectangles = ends ? (ends[l][count - 1] ?? 0) : count;
      return i32From(arena, found.cells + l * found.pitch, rectangles * 4);
    }),
    ends,
    chunk: new Int32Array(count),
    slot: new Int32Array(count),
  };
}

function i32From({ i32 }: Arena, address: number, count: number): Int32Array {
  return i32.slice(address >>> 2, (address >>> 2) + count);
}

function f64From({ f64 }: Arena, address: number, count: number): Float64Array {
  return f64.slice(address >>> 3, (address >>> 3) + count);
}
