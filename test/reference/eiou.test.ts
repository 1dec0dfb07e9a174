import { describe, expect, it } from 'vitest';
import type { Box } from '../../src/reference/box-terms.ts';
import { eiou } from '../../src/reference/eiou.ts';
import { boxSimilarity } from '../../src/reference/iou.ts';
import { expectClose } from '../lib/compare.ts';
import { uniforms } from '../lib/random.ts';

describe('eiou', () => {
  it('is DIoU less the squared differences of width and height in the enclosing box, to 3e-6', () => {
    const uniform = uniforms(4);
    const box = (): Box => {
      const [x, y] = [4 * uniform(), 4 * uniform()];
      return [x, y, x + 0.2 + 4 * uniform(), y + 0.2 + 4 * uniform()];
    };
    for (let n = 0; n < 300; n++) {
      const [p, t] = [box(), box()];
      const width = Math.max(p[2], t[2]) - Math.min(p[0], t[0]);
      const height = Math.max(p[3], t[3]) - Math.min(p[1], t[1]);
      const wide = (p[2] - p[0] - (t[2] - t[0])) / width;
      const high = (p[3] - p[1] - (t[3] - t[1])) / height;
      const expected = boxSimilarity('diou', p, t).value - wide ** 2 - high ** 2;
      // eps is 1e-7 beside squared sides of at least 0.04
      expectClose(`pair ${n}`, eiou(p, t).value, expected, 3e-6, 1);
    }
  });

  // IoU = 2/10; centres (1, 1) and (2, 2), √2 apart; enclosing box 4 × 3, its diagonal 5; widths 2 and 4
  it('by hand: 1 − 1/5 + 2/25 + (2/4)² + 0, to 1e-6', () => {
    const { value } = eiou([0, 0, 2, 2], [0, 1, 4, 3]);
    expectClose('loss', 1 - value, 1 - 1 / 5 + 2 / 25 + (2 / 4) ** 2, 1e-6);
  });

  it('of concentric boxes of one shape has no centre term: 1 − 1/4 + 1/4 + 1/4, to 1e-6', () => {
    expectClose('loss', 1 - eiou([1, 1, 3, 3], [0, 0, 4, 4]).value, 1.25, 1e-6);
  });

  it('boxSimilarity knows it', () => {
    const [a, b]: Box[] = [
      [0, 0, 2, 3],
      [1, 1, 5, 4],
    ];
    expect(boxSimilarity('eiou', a, b)).toEqual({ ...eiou(a, b), tradeOff: 0 });
  });
});
