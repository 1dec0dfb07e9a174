import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { resolveConflicts } from '../../src/reference/conflicts.ts';
import type { ImageTarget } from '../../src/reference/targets.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { shuffled } from '../lib/permute.ts';
import { uniforms } from '../lib/random.ts';

const memory = await KernelMemory.create();
const { kernels } = memory;
afterEach(() => memory.settle());

/** An anchor that a target might take, whether it wants it, and how much they overlap. */
interface Candidate {
  anchor: number;
  overlap: number;
  isChosen: boolean;
}

/**
 * @param candidates of each target
 * @param order in which the targets vote
 */
function elect(
  anchors: number,
  candidates: Candidate[][],
  order = [...candidates.keys()],
): { anchor: number; target: number }[] {
  const zeros = () => memory.block(new Int32Array(anchors));
  const chooser = memory.block(new Int32Array(anchors).fill(-9));
  const [votes, bestOverlap, bestTarget, positives, owners] = [1, 2, 3, 4, 5].map(zeros);
  for (const target of order) {
    const own = candidates[target];
    const chosen = [...own.keys()].filter((i) => own[i].isChosen).reverse();
    kernels.vote(
      target,
      memory.input(Int32Array.from(own, ({ anchor }) => anchor)),
      memory.input(Float32Array.from(own, ({ overlap }) => overlap)),
      own.length,
      memory.input(Int32Array.from(chosen)),
      chosen.length,
      votes,
      chooser,
      bestOverlap,
      bestTarget,
    );
  }
  const count = kernels.resolve(votes, chooser, bestTarget, anchors, positives, owners);
  const [won, by] = [memory.i32(positives, count), memory.i32(owners, count)];
  memory.settle();
  return Array.from(won, (anchor, i) => ({ anchor, target: by[i] }));
}

/** The reference's winners, where every candidate is aligned. */
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

const wants = (overlap: number): Candidate[] => [{ anchor: 7, overlap, isChosen: true }];
const covers = (overlap: number): Candidate[] => [{ anchor: 7, overlap, isChosen: false }];
const winners = (...candidates: Candidate[][]) => elect(9, candidates).map(({ target }) => target);

describe('vote, resolve', () => {
  it('no target or no choice: no positive', () => {
    for (const anchors of lengths) expect(elect(anchors, [])).toEqual([]);
    expect(winners(covers(0.5), covers(0.4))).toEqual([]);
  });

  it('an anchor chosen once stays, whatever overlaps more', () => {
    expect(winners(covers(0.9), wants(0.1), covers(0.8))).toEqual([1]);
    expect(winners(covers(0.9), wants(0))).toEqual([1]);
  });

  it('an anchor chosen twice goes to the highest overlap, also where that had not chosen it', () => {
    expect(winners(wants(0.3), wants(0.2), covers(0.1))).toEqual([0]);
    expect(winners(wants(0.2), wants(0.3), covers(0.1))).toEqual([1]);
    expect(winners(wants(0.1), wants(0.2), covers(0.3))).toEqual([2]);
    expect(winners(covers(0.3), wants(0.1), wants(0.2))).toEqual([0]);
  });

  it('of equal overlaps the lower target wins; of overlaps of 0 the first, candidate or not', () => {
    expect(winners(covers(0.1), wants(0.3), wants(0.3))).toEqual([1]);
    expect(winners([], wants(0), wants(0))).toEqual([0]);
  });

  it('every number of anchors, all wanted by all', () => {
    for (const anchors of lengths) {
      const uniform = uniforms(anchors);
      const candidates = [0, 1, 2].map(() =>
        Array.from({ length: anchors }, (_, anchor) => ({
          anchor,
          overlap: uniform(),
          isChosen: true,
        })),
      );
      expect(elect(anchors, candidates)).toEqual(expected(candidates));
    }
  });

  it('random candidates, choices and overlaps, many equal or 0, in any order of targets', () => {
    const candidate = fc.record({
      anchor: fc.nat(19),
      overlap: fc.oneof(fc.constantFrom(0, 0.25, 0.5), fc.double({ min: 0, max: 1, noNaN: true })),
      isChosen: fc.boolean(),
    });
    const own = fc.uniqueArray(candidate, { selector: ({ anchor }) => anchor, maxLength: 20 });
    const check = (candidates: Candidate[][], seed: number) => {
      const winners = expected(candidates);
      expect(elect(20, candidates)).toEqual(winners);
      expect(elect(20, candidates, shuffled(candidates.length, seed))).toEqual(winners);
    };
    fc.assert(fc.property(fc.array(own, { maxLength: 12 }), fc.integer(), check), {
      seed: 20_260_101,
      numRuns: 300,
    });
  });
});
