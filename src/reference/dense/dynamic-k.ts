/** One target's cost and IoU of every candidate. */
export interface CandidateRow {
  cost: readonly number[];
  iou: readonly number[];
}

/**
 * Dynamic-k assignment of SimOTA: each target takes its k candidates of least cost, k being the sum of its largest
 * IoUs, rounded down, at least 1. A candidate that several targets take goes to the one of least cost among all
 * targets. Ties: the lower index.
 *
 * @param targets one row a target, all of the same candidates
 * @param most largest IoUs that are summed
 * @returns the target of each candidate, or −1
 * Source: Ge et al. (YOLOX), arXiv:2107.08430, section 2.3
 */
export function dynamicK(targets: readonly CandidateRow[], most: number): number[] {
  const candidates = targets[0]?.cost.length ?? 0;
  const takers: number[][] = Array.from({ length: candidates }, () => []);
  targets.forEach(({ cost, iou }, t) => {
    const largest = [...iou].sort((a, b) => b - a).slice(0, most);
    const k = Math.max(1, Math.floor(largest.reduce((sum, x) => sum + x, 0)));
    const best = [...cost.keys()].sort((a, b) => cost[a] - cost[b] || a - b).slice(0, k);
    for (const candidate of best) takers[candidate].push(t);
  });
  return takers.map((list, candidate) => {
    if (list.length < 2) return list[0] ?? -1;
    const costs = targets.map(({ cost }) => cost[candidate]);
    return costs.indexOf(Math.min(...costs));
  });
}
