import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/reference/options.ts';

describe('resolveOptions', () => {
  it('fills in the documented defaults', () => {
    expect(resolveOptions({ numClasses: 3 })).toEqual({
      numClasses: 3,
      regMax: 16,
      strides: [8, 16, 32],
      layout: 'nchw',
      gains: { box: 7.5, cls: 0.5, dfl: 1.5 },
      assigner: {
        topk: 10,
        topk2: 10,
        alpha: 0.5,
        beta: 6,
        overlap: 'ciou',
        smallTargets: { below: 16, growTo: 16 },
      },
      distance: 'l1',
      classWeights: undefined,
      iou: 'ciou',
      classLoss: { kind: 'bce', alpha: 0.75, gamma: 2 },
    });
  });

  it("reference '8.3' changes defaults of single options, which stay options", () => {
    const old = resolveOptions({ numClasses: 3, reference: '8.3' });
    expect([old.distance, old.assigner.smallTargets]).toEqual(['none', false]);
    const small = (options: object) =>
      resolveOptions({ numClasses: 3, ...options }).assigner.smallTargets;
    expect(small({})).toEqual({ below: 16, growTo: 16 });
    expect(small({ strides: [4, 8, 16] })).toEqual({ below: 8, growTo: 8 });
    expect(small({ strides: [32] })).toEqual({ below: 32, growTo: 32 });
    expect(small({ assigner: { smallTargets: false } })).toBe(false);
  });

  it('class losses have the defaults of their papers, which an object changes one by one', () => {
    const classLoss = (classification: Parameters<typeof resolveOptions>[0]['classification']) =>
      resolveOptions({ numClasses: 3, classification }).classLoss;
    expect(classLoss('focal')).toEqual({ kind: 'focal', alpha: 0.25, gamma: 2 });
    expect(classLoss('varifocal')).toEqual({ kind: 'varifocal', alpha: 0.75, gamma: 2 });
    expect(classLoss({ kind: 'focal', gamma: 0 })).toEqual({
      kind: 'focal',
      alpha: 0.25,
      gamma: 0,
    });
  });
});
