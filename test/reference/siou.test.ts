import { describe, expect, it } from 'vitest';
import type { Box } from '../../src/reference/box-terms.ts';
import { boxSimilarity } from '../../src/reference/iou.ts';
import { siou } from '../../src/reference/siou.ts';
import { expectClose } from '../lib/compare.ts';
import { uniforms } from '../lib/random.ts';

/**
 * The loss as the paper writes it, with its angle as an angle: Λ = 1 − 2·sin²(arcsin(c_h/σ) − π/4).
 * No eps: for boxes that have sides and whose centres differ.
 */
function lossOfPaper([x1, y1, x2, y2]: Box, [X1, Y1, X2, Y2]: Box): number {
  const [w, h, W, H] = [x2 - x1, y2 - y1, X2 - X1, Y2 - Y1];
  const intersection =
    Math.max(0, Math.min(x2, X2) - Math.max(x1, X1)) *
    Math.max(0, Math.min(y2, Y2) - Math.max(y1, Y1));
  const iou = intersection / (w * h + W * H - intersection);

  const [dx, dy] = [(X1 + X2) / 2 - (x1 + x2) / 2, (Y1 + Y2) / 2 - (y1 + y2) / 2];
  const sine = Math.abs(dy) / Math.hypot(dx, dy);
  const angle = 1 - 2 * Math.sin(Math.asin(sine) - Math.PI / 4) ** 2;
  const gamma = 2 - angle;
  const rhoX = (dx / (Math.max(x2, X2) - Math.min(x1, X1))) ** 2;
  const rhoY = (dy / (Math.max(y2, Y2) - Math.min(y1, Y1))) ** 2;
  const distance = 1 - Math.exp(-gamma * rhoX) + (1 - Math.exp(-gamma * rhoY));

  const omegaW = Math.abs(w - W) / Math.max(w, W);
  const omegaH = Math.abs(h - H) / Math.max(h, H);
  const shape = (1 - Math.exp(-omegaW)) ** 4 + (1 - Math.exp(-omegaH)) ** 4;
  return 1 - iou + (distance + shape) / 2;
}

describe('siou', () => {
  // eps is 1e-7 beside areas of at least 0.04 and offsets of at least 1e-3
  it("1 − SIoU is the paper's loss to 3e-6, on random boxes", () => {
    const uniform = uniforms(3);
    const box = (): Box => {
      const [x, y] = [4 * uniform(), 4 * uniform()];
      return [x, y, x + 0.2 + 4 * uniform(), y + 0.2 + 4 * uniform()];
    };
    for (let n = 0; n < 300; n++) {
      const [pred, target] = [box(), box()];
      expectClose(`pair ${n}`, 1 - siou(pred, target).value, lossOfPaper(pred, target), 3e-6, 1);
    }
  });

  // Centres 1 apart along x, so no angle: γ = 2, ρ = (1/3)², IoU = 1/3; both boxes 2 × 2
  it('by hand: 1 − 1/3 + (1 − e^(−2/9))/2 of two squares side by side, to 1e-6', () => {
    const { value } = siou([0, 0, 2, 2], [1, 0, 3, 2]);
    expectClose('loss', 1 - value, 1 - 1 / 3 + (1 - Math.exp(-2 / 9)) / 2, 1e-6);
  });

  // On the diagonal Λ = 1: γ = 1, ρ = (1/3)² on both axes, IoU = 1/7
  it('by hand: the diagonal costs least of all angles, 1 − 1/7 + (1 − e^(−1/9)), to 1e-6', () => {
    const { value } = siou([0, 0, 2, 2], [1, 1, 3, 3]);
    expectClose('loss', 1 - value, 1 - 1 / 7 + (1 - Math.exp(-1 / 9)), 1e-6);
  });

  // Concentric 2 × 2 in 4 × 4: IoU = 1/4, ω = 1/2 on both axes
  it('by hand: concentric boxes differ by shape, 1 − 1/4 + (1 − e^(−1/2))⁴, to 1e-6', () => {
    const { value } = siou([1, 1, 3, 3], [0, 0, 4, 4]);
    expectClose('loss', 1 - value, 1 - 1 / 4 + (1 - Math.exp(-1 / 2)) ** 4, 1e-6);
  });

  it('is symmetric but for its gradient, and boxSimilarity knows it', () => {
    const [a, b]: Box[] = [
      [0, 0, 2, 3],
      [1, 1, 5, 4],
    ];
    expectClose('swapped', siou(a, b).value, siou(b, a).value, 1e-15);
    expect(boxSimilarity('siou', a, b)).toEqual({ ...siou(a, b), tradeOff: 0 });
  });
});
