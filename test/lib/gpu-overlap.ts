import type { GroupedTargets } from '../../src/backend/inputs.ts';
import { groupCandidates } from '../../src/backend/webgpu/candidates.ts';
import { DEVICE_GEOMETRIES } from '../../src/backend/webgpu/geometry.ts';
import { type Place, recordOverlap } from '../../src/backend/webgpu/record.ts';
import type { BoxIouKind } from '../../src/kinds.ts';
import { floatsOf, type PassRunner } from './gpu-pass.ts';
import { hostHead } from './gpu-stages.ts';

/** A pair of a target and one of its candidates, with the results of the overlap pass. */
export interface OverlapPair {
  image: number;
  /** Row of the target among the grouped targets. */
  row: number;
  /** Cell of the candidate on its level. */
  x: number;
  y: number;
  overlap: number;
  /** Bits of the overlap: a NaN keeps them only there. */
  bits: number;
  logit: number;
}

/**
 * Runs the overlap pass over all candidates of one level.
 *
 * @param distances f32 [B, A, 4], distances from anchors to the sides of their boxes, grid units
 * @param mostPairs number of pairs a chunk holds
 */
export async function overlapPairs(
  runner: PassRunner,
  place: Place,
  targets: GroupedTargets,
  kind: BoxIouKind,
  distances: Float32Array,
  mostPairs: number,
): Promise<OverlapPair[]> {
  const { predictions } = place;
  const { regMax, batch, geometry } = predictions;
  const head = hostHead(runner.gpu, predictions, targets);
  const group = { firstImage: 0, images: batch };
  const mostBytes = mostPairs * DEVICE_GEOMETRIES[geometry.name].row.bytes;
  const { chunks, images } = groupCandidates(head, group, mostBytes);
  const uploaded = runner.upload(distances);
  const read = await Promise.all(
    chunks.map((chunk) => {
      const metrics = runner.upload(new Uint32Array(chunk.pairs * 2));
      const bindings = { rows: runner.upload(chunk.rows), distances: uploaded, metrics };
      return runner.run(regMax, metrics, (recorder) => {
        recordOverlap(recorder, place, kind, chunk, bindings);
      });
    }),
  );
  const pairs: OverlapPair[] = [];
  images.forEach(({ candidates, chunk, slot }, image) => {
    for (let t = 0; t < candidates.targets; t++) {
      const words = read[chunk[t]] ?? new Uint32Array(0);
      const values = floatsOf(words);
      const row = targets.offsets[image] + t;
      let at = slot[t];
      candidates.each(t, (_, x1, y1, x2, y2) => {
        for (let y = y1; y < y2; y++) {
          for (let x = x1; x < x2; x++, at++) {
            const logit = values[values.length / 2 + at];
            pairs.push({ image, row, x, y, overlap: values[at], bits: words[at], logit });
          }
        }
      });
    }
  });
  return pairs;
}
