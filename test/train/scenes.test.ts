import { beforeAll, describe, expect, it } from 'vitest';
import { installExample, load } from './lib/example.ts';

const SIDE = 96;

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
  label: number;
}
interface Scene {
  pixels: Float32Array;
  boxes: Box[];
}

interface Digit {
  label: number;
  ink: Uint8Array;
  width: number;
  height: number;
}

let digits: { train: Digit[]; heldOut: Digit[] };

beforeAll(async () => {
  await installExample();
  const { loadDigits } = await load('lib/digits.mjs');
  digits = { train: await loadDigits('train'), heldOut: await loadDigits('heldOut') };
});

describe('digits', () => {
  it('are MNIST: 60,000 and 10,000, the first a 5 and a 7, cut to their ink', () => {
    const { train, heldOut } = digits;
    expect([train.length, heldOut.length]).toEqual([60_000, 10_000]);
    expect([train[0].label, heldOut[0].label]).toEqual([5, 7]);
    const { ink, width, height } = heldOut[0];
    expect(ink.length).toBe(width * height);
    expect(Math.max(...ink.subarray(0, width))).toBeGreaterThan(63);
  });
});

describe('paintDigit', () => {
  it('fills its box to within a pixel', async () => {
    const { paintDigit } = await load('lib/paint.mjs');
    for (const digit of digits.heldOut.slice(0, 10)) {
      const pixels = new Float32Array(SIDE ** 2);
      const box = { left: 20.3, top: 31.6, right: 52.8, bottom: 80.1 };
      paintDigit({ pixels, side: SIDE }, digit, box, 1);
      const inked = [...pixels.keys()].filter((i) => pixels[i] > 0.1);
      const columns = inked.map((i) => i % SIDE);
      const rows = inked.map((i) => Math.floor(i / SIDE));
      const edges = [Math.min(...columns), Math.min(...rows)];
      edges.push(Math.max(...columns) + 1, Math.max(...rows) + 1);
      const wanted = [box.left, box.top, box.right, box.bottom];
      edges.forEach((edge, i) => {
        expect(Math.abs(edge - wanted[i])).toBeLessThan(1.5);
      });
    }
  });
});

describe('scenes', () => {
  it('are the same for a seed and others for another', async () => {
    const { drawScenes, take } = await load('lib/scenes.mjs');
    const [first, again, other] = ['a', 'a', 'b'].map((seed) =>
      take(drawScenes(digits.train, seed), 3),
    );
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('have one to five digits, within the frame, in the order and units of targets', async () => {
    const { batchOf, drawScenes, take } = await load('lib/scenes.mjs');
    const scenes: Scene[] = take(drawScenes(digits.heldOut, 'boxes'), 30);
    const boxes = scenes.flatMap((scene) => scene.boxes);
    for (const { left, top, right, bottom } of boxes) {
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect(Math.max(right, bottom)).toBeLessThanOrEqual(SIDE);
      expect(bottom - top).toBeGreaterThanOrEqual(20);
    }
    const counts = scenes.map((scene) => scene.boxes.length);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([1, 5]);

    const { pixels, targets } = batchOf(scenes);
    expect(pixels.subarray(SIDE ** 2, 2 * SIDE ** 2)).toEqual(scenes[1].pixels);
    expect(targets.cls).toEqual(boxes.map(({ label }) => label));
    const [x, y, width, height] = targets.bboxes.slice(-4).map((length: number) => length * SIDE);
    const { left, top, right, bottom } = boxes[boxes.length - 1];
    [x - width / 2, y - height / 2, x + width / 2, y + height / 2].forEach((edge, i) => {
      expect(edge).toBeCloseTo([left, top, right, bottom][i], 9);
    });
    expect(targets.batchIdx.at(-1)).toBe(29);
  });
});
