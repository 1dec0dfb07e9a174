import type { Pair } from './match.ts';
import type { SetTarget } from './targets.ts';

/**
 * Pairs of the denoising queries, which are known: query g·2M + t of group g belongs to target t of its image.
 *
 * M is the largest number of targets of an image, ignored ones counted, as queries were made from all of them; an ignored
 * target's query has no pair.
 *
 * @returns ordered by image, then query
 * Source: Zhang et al. (DINO), arXiv:2203.03605
 */
export function denoisingPairs(targets: readonly SetTarget[][], groups: number): Pair[] {
  const most = Math.max(0, ...targets.map(({ length }) => length));
  return targets.flatMap((list, image) =>
    Array.from({ length: groups }, (_, group) =>
      list
        .filter(({ ignored }) => !ignored)
        .map((target) => ({ image, query: group * 2 * most + target.index, target })),
    ).flat(),
  );
}
