import { describe, expect, it } from 'vitest';
import { detectionLoss } from '../../src/reference/detection.ts';
import { dualLoss } from '../../src/reference/dual.ts';
import { ordinaryProblem } from '../lib/problem.ts';

const {
  config: { numClasses, regMax },
  feats,
  targets,
} = ordinaryProblem();
const config = { reference: '8.3' as const, numClasses, regMax };
const other = feats.map(({ data, shape }) => ({ data: data.map((x) => x / 2), shape }));

describe("dualLoss, reference '8.3'", () => {
  it('is the sum of two detection losses, with topk 10 and 1 by default', () => {
    const dual = dualLoss({ oneToMany: feats, oneToOne: other }, targets, config);
    const many = detectionLoss(feats, targets, { ...config, assigner: { topk: 10 } });
    const one = detectionLoss(other, targets, { ...config, assigner: { topk: 1 } });
    expect([dual.oneToMany, dual.oneToOne]).toEqual([many, one]);
    expect(dual.total).toBe(many.total + one.total);
    for (const item of ['box', 'cls', 'dfl'] as const) {
      expect(dual.items[item]).toBe(many.items[item] + one.items[item]);
    }
  });

  it('one to one: no target has more than one anchor', () => {
    const { oneToOne } = dualLoss({ oneToMany: feats, oneToOne: feats }, targets, config);
    const { image, target } = oneToOne.assignment;
    const learned = Array.from(target, (t, i) => `${image[i]}/${t}`);
    expect(new Set(learned).size).toBe(learned.length);
  });

  it('topk of each head and the powers of both are options', () => {
    const assigner = { topk: [3, 2], alpha: 1, beta: 2 } as const;
    const dual = dualLoss({ oneToMany: feats, oneToOne: feats }, targets, { ...config, assigner });
    const one = detectionLoss(feats, targets, { ...config, assigner: { ...assigner, topk: 2 } });
    expect(dual.oneToOne).toEqual(one);
    expect(dual.oneToMany.assignment.anchor.length).toBeGreaterThan(one.assignment.anchor.length);
  });
});
