import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseAnchors } from '../../src/reference/topk.ts';
import { KernelMemory, lengths } from '../lib/kernels.ts';
import { uniforms } from '../lib/random.ts';

const memory = await KernelMemory.create();
const { kernels } = memory;
afterEach(() => memory.settle());

function topk(alignments: readonly number[], k: number): number[] {
  const count = alignments.length;
  const at = memory.input(Float64Array.from(alignments));
  const chosen = memory.block(new Int32Array(Math.min(count, k)).fill(-1));
  const size = kernels.topk(at, count, k, chosen);
  const indices = [...memory.i32(chosen, size)];
  memory.settle();
  return indices;
}

/** The reference's choice among anchors that are all candidates. */
function sorted(alignments: readonly number[], k: number): number[] {
  const target = { source: 0, cls: 0, box: [0, 0, 1, 1], ignored: false } as const;
  const fitOf = (anchor: number) => ({ alignment: alignments[anchor], overlap: 1 });
  return chooseAnchors(fitOf, { ...target, box: [...target.box] }, alignments.length, k);
}

function expectSorted(alignments: readonly number[], k: number): void {
  const ascending = (indices: number[]) => indices.sort((a, b) => a - b);
  expect(ascending(topk(alignments, k))).toEqual(ascending(sorted(alignments, k)));
}

describe('topk', () => {
  const fillings: Record<string, (i: number, u: () => number) => number> = {
    random: (_, u) => u(),
    ascending: (i) => 1e-3 * (i + 1),
    descending: (i) => 1 / (i + 1),
    'all equal': () => 0.25,
    'of four values': (_, u) => Math.floor(4 * u()),
    'all 0': () => 0,
    infinite: () => Infinity,
    'next to 0': (_, u) => 5e-324 * Math.floor(3 * u()),
  };
  const names = Object.keys(fillings);

  it.each(names)('alignments %s: for k of 1 to n + 5 those that sort first', (name) => {
    for (const count of lengths) {
      const uniform = uniforms(count);
      const alignments = Array.from({ length: count }, (_, i) => fillings[name](i, uniform));
      for (let k = 1; k <= count + 5; k++) expectSorted(alignments, k);
    }
  });

  it('ties go to the lower index, 0 is never chosen', () => {
    expect(topk([0.1, 0.3, 0.2, 0.3, 0.3], 2).sort()).toEqual([1, 3]);
    expect(topk([0, 0.5, 0, 5e-324, 0], 4).sort()).toEqual([1, 3]);
  });

  it('random alignments, many of them equal, 0 or infinite', () => {
    const alignment = fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(0, 0.25, 0.5, 1, Infinity),
    );
    const alignments = fc.array(alignment, { maxLength: 200 });
    fc.assert(fc.property(alignments, fc.integer({ min: 1, max: 40 }), expectSorted), {
      seed: 20_260_101,
      numRuns: 300,
    });
  });
});
