import type { Pair } from './match.ts';

/**
 * Union of several outputs' matchings: each query that any of them paired keeps the target with which most of them
 * paired it; ties: the lower target index. A target may have several queries.
 *
 * @param matchings of outputs that have the same queries
 * @returns ordered by image, then query
 * Source: D-FINE, arXiv:2410.13842, which calls it the global optimal set
 */
export function uniteMatchings(matchings: readonly (readonly Pair[])[]): Pair[] {
  const counts = new Map<string, { pair: Pair; count: number }>();
  for (const pair of matchings.flat()) {
    const key = `${pair.image} ${pair.query} ${pair.target.index}`;
    const { count } = counts.get(key) ?? { count: 0 };
    counts.set(key, { pair, count: count + 1 });
  }
  const best = new Map<string, { pair: Pair; count: number }>();
  for (const entry of counts.values()) {
    const { pair, count } = entry;
    const key = `${pair.image} ${pair.query}`;
    const other = best.get(key);
    const wins =
      other === undefined ||
      count > other.count ||
      (count === other.count && pair.target.index < other.pair.target.index);
    if (wins) best.set(key, entry);
  }
  return [...best.values()]
    .map(({ pair }) => pair)
    .sort((a, b) => a.image - b.image || a.query - b.query);
}
