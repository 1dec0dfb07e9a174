import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { resolveConflicts } from '../../src/reference/conflicts.ts';
import type { ImageTarget } from '../../src/reference/targets.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { shuffled } from '../lib/permute.ts';
import { uniforms } from '../lib/random.ts';

const memory = await KernelMemory.create();
afterEach(() => memory.settle());

/** An anchor that is a target's candidate, whether the target claims it, and how much they overlap. */
interface Candidate {
  anchor: number;
  overlap: number;
  isChosen: boolean;
}

/**
 * The claimed anchors and their targets.
 *
 * @param candidates of each target
 * @param order in which the targets make their claims
 */
function assign(
  anchorCount: number,
  candidates: Candidate[][],
  order = [...candidates.keys()],
): { anchor: number; target: number }[] {
  const zeros = () => memory.block(new Int32Array(anchorCount));
  const claims = {
    counts: zeros(),
    claimants: memory.block(new Int32Array(anchorCount).fill(-9)),
    bestOverlaps: zeros(),
    bestTargets: zeros(),
  };
  for (const target of order) {
    const own = candidates[target];
    const chosen = [...own.keys()].filter((i) => own[i].isChosen).reverse();
    memory.call('claim', {
      ...claims,
      target,
      anchors: memory.input(Int32Array.from(own, ({ anchor }) => anchor)),
      overlaps: memory.input(Float32Array.from(own, ({ overlap }) => overlap)),
      count: own.length,
      chosen: memory.input(Int32Array.from(chosen)),
      chosenCount: chosen.length,
    });
  }
  const [anchors, targets] = [zeros(), zeros()];
  const count = memory.call('resolve', { ...claims, anchorCount, anchors, targets });
  const [claimed, by] = [memory.i32(anchors, count), memory.i32(targets, count)];
  memory.settle();
  return Array.from(claimed, (anchor, i) => ({ anchor, target: by[i] }));
}

/** The reference's assignment, where every candidate is aligned. */
function expected(candidates: Candidate[][]) {
  const targets = candidates.map(
    (_, source): ImageTarget => ({ source, cls: 0, box: [0, 0, 1, 1], ignored: false }),
  );
  const fitOf = (anchor: number, { source }: ImageTarget) => {
    const candidate = candidates[source].find((own) => own.anchor === anchor);
    return { alignment: 1, overlap: Math.fround(candidate?.overlap ?? 0) };
  };
  const chosen = candidates.map((own) =>
    own.filter(({ isChosen }) => isChosen).map(({ anchor }) => anchor),
  );
  const positives = resolveConflicts(fitOf, targets, chosen);
  return positives.map(({ anchor, target }) => ({ anchor, target }));
}

const claims = (overlap: number): Candidate[] => [{ anchor: 7, overlap, isChosen: true }];
const covers = (overlap: number): Candidate[] => [{ anchor: 7, overlap, isChosen: false }];
const assigned = (...candidates: Candidate[][]) =>
  assign(9, candidates).map(({ target }) => target);

describe('claim, resolve', () => {
  it('no target or no claim: no positive', () => {
    for (const anchors of lengths) expect(assign(anchors, [])).toEqual([]);
    expect(assigned(covers(0.5), covers(0.4))).toEqual([]);
  });

  it('an anchor claimed once goes to its claimant, whatever overlaps more', () => {
    expect(assigned(covers(0.9), claims(0.1), covers(0.8))).toEqual([1]);
    expect(assigned(covers(0.9), claims(0))).toEqual([1]);
  });

  it('an anchor claimed twice goes to the highest overlap, also of a target that does not claim it', () => {
    expect(assigned(claims(0.3), claims(0.2), covers(0.1))).toEqual([0]);
    expect(assigned(claims(0.2), claims(0.3), covers(0.1))).toEqual([1]);
    expect(assigned(claims(0.1), claims(0.2), covers(0.3))).toEqual([2]);
    expect(assigned(covers(0.3), claims(0.1), claims(0.2))).toEqual([0]);
  });

  it('equal overlaps: the lower target; overlaps of 0: the first target, candidate or not', () => {
    expect(assigned(covers(0.1), claims(0.3), claims(0.3))).toEqual([1]);
    expect(assigned([], claims(0), claims(0))).toEqual([0]);
  });

  it('every number of anchors, all claimed by all', () => {
    for (const anchors of lengths) {
      const uniform = uniforms(anchors);
      const candidates = [0, 1, 2].map(() =>
        Array.from({ length: anchors }, (_, anchor) => ({
          anchor,
          overlap: uniform(),
          isChosen: true,
        })),
      );
      expect(assign(anchors, candidates)).toEqual(expected(candidates));
    }
  });

  it('random candidates, claims and overlaps, many equal or 0, in any order of targets', () => {
    const candidate = fc.record({
      anchor: fc.nat(19),
      overlap: fc.oneof(fc.constantFrom(0, 0.25, 0.5), fc.double({ min: 0, max: 1, noNaN: true })),
      isChosen: fc.boolean(),
    });
    const own = fc.uniqueArray(candidate, { selector: ({ anchor }) => anchor, maxLength: 20 });
    const check = (candidates: Candidate[][], seed: number) => {
      const positives = expected(candidates);
      expect(assign(20, candidates)).toEqual(positives);
      expect(assign(20, candidates, shuffled(candidates.length, seed))).toEqual(positives);
    };
    fc.assert(fc.property(fc.array(own, { maxLength: 12 }), fc.integer(), check), {
      seed: 20_260_101,
      numRuns: 300,
    });
  });
});
