import { describe, expect, it } from 'vitest';
import { Sharing, Sharings } from '../../../src/backend/runtime/sharing.ts';
import { uniforms } from '../../lib/random.ts';
import { shareAsMeasured } from '../../lib/sharing.ts';

shareAsMeasured();

/** Times in ms of a run with workers, and of one without. */
interface Machine {
  shared(): number;
  alone(): number;
}

/** Runs a kind of work repeatedly; gives the share of runs with workers, and the mean time. */
function runOn(sharing: Sharing, machine: Machine, runs: number) {
  let withWorkers = 0;
  let total = 0;
  for (let run = 0; run < runs; run++) {
    const isShared = sharing.isShared();
    const ms = isShared ? machine.shared() : machine.alone();
    sharing.add(isShared, ms);
    total += ms;
    if (isShared) withWorkers++;
  }
  return { share: withWorkers / runs, mean: total / runs };
}

const constant = (shared: number, alone: number): Machine => ({
  shared: () => shared,
  alone: () => alone,
});
const free = constant(17, 30);
const busy = constant(60, 30);

describe('Sharing', () => {
  it('tries both ways twice before it chooses', () => {
    const sharing = new Sharing();
    const ways = Array.from({ length: 4 }, () => {
      const isShared = sharing.isShared();
      sharing.add(isShared, 1);
      return isShared;
    });
    expect(ways).toEqual([true, false, true, false]);
  });

  it('with a free processor, workers run at least 95 % of the work', () => {
    expect(runOn(new Sharing(), free, 1000).share).toBeGreaterThan(0.95);
  });

  it('with a busy processor, runs take at most 5 % longer than on one thread', () => {
    const { mean, share } = runOn(new Sharing(), busy, 1000);
    expect(mean).toBeLessThan(30 * 1.05);
    expect(share).toBeGreaterThan(0);
  });

  it('rather leaves the processor to others if workers save nothing', () => {
    expect(runOn(new Sharing(), constant(30, 30), 1000).share).toBeLessThan(0.5);
  });

  it('stops using workers within 5 runs when the other processor becomes busy', () => {
    const sharing = new Sharing();
    runOn(sharing, free, 200);
    expect(runOn(sharing, busy, 5).share).toBeLessThan(1);
    expect(runOn(sharing, busy, 500).mean).toBeLessThan(30 * 1.06);
  });

  it('uses workers again when the processor becomes free', () => {
    const sharing = new Sharing();
    runOn(sharing, busy, 200);
    expect(runOn(sharing, free, 100).share).toBeGreaterThan(0.5);
  });

  it('one late run does not change the choice', () => {
    const sharing = new Sharing();
    runOn(sharing, free, 100);
    runOn(sharing, constant(40, 30), 1);
    expect(runOn(sharing, free, 100).share).toBeGreaterThan(0.9);
  });

  it('a first run that takes ten times as long does not count', () => {
    const sharing = new Sharing();
    sharing.add(true, 300);
    expect(runOn(sharing, free, 1000).share).toBeGreaterThan(0.95);
  });

  it('runs whose times vary by a half: within 8 % of the better way', () => {
    const uniform = uniforms(1);
    const about = (ms: number) => () => ms * (0.5 + uniform());
    const onFree = { shared: about(17), alone: about(30) };
    const onBusy = { shared: about(45), alone: about(30) };
    expect(runOn(new Sharing(), onFree, 5000).mean).toBeLessThan(17 * 1.08);
    expect(runOn(new Sharing(), onBusy, 5000).mean).toBeLessThan(30 * 1.08);
  });
});

describe('Sharings', () => {
  it('keeps one choice per stage and number of values', () => {
    const sharings = new Sharings();
    expect(sharings.of('losses', 10)).toBe(sharings.of('losses', 10));
    expect(sharings.of('losses', 10)).not.toBe(sharings.of('losses', 11));
    expect(sharings.of('losses', 10)).not.toBe(sharings.of('assign', 10));
  });

  it('keeps the memory bounded', () => {
    const sharings = new Sharings();
    const first = sharings.of('losses', 0);
    for (let values = 1; values < 1000; values++) sharings.of('losses', values);
    expect(sharings.of('losses', 0)).not.toBe(first);
  });
});
