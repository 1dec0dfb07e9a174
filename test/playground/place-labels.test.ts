import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  LABEL_HEIGHT,
  type Labelled,
  type Place,
  placeLabels,
} from '../../playground/view/place-labels.ts';

const STAGE = { width: 362, height: 289 };
const chosen = { place: { x: 150, y: 50, width: 110, height: 160 }, isChosen: true };
const texts: Pick<Labelled, 'short' | 'full'> = {
  short: { text: '1', width: 20 },
  full: { text: '1 person', width: 66 },
};

const overlap = (a: Place, b: Place) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

it('placeLabels puts a label above the left corner of its box, where nothing is in the way', () => {
  const [label] = placeLabels([{ ...chosen, ...texts }], [], STAGE);
  expect(label).toEqual({ text: '1 person', x: 149, y: 30, width: 66, height: LABEL_HEIGHT });
});

it('placeLabels gives every box of a crowded corner a label of its own', () => {
  // Full texts of the first three would leave no room for the fourth
  const crowd = [
    [329, 245, 31, 39],
    [293, 233, 34, 27],
    [327, 232, 33, 22],
    [305, 242, 41, 33],
  ];
  const boxes = crowd.map(([x, y, width, height]) => ({
    place: { x, y, width, height },
    ...texts,
    isChosen: false,
  }));
  const labels = placeLabels(boxes, [], STAGE);
  expect(labels.every(Boolean)).toBe(true);
});

it('placeLabels leaves room for small boxes below a label', () => {
  const small = { x: 150, y: 32, width: 30, height: 16 };
  const labels = placeLabels(
    [
      { ...chosen, ...texts },
      { place: small, ...texts, isChosen: false },
    ],
    [],
    STAGE,
  );
  expect(labels[0] && overlap(labels[0], small)).toBe(false);
});

it('placeLabels never lets labels overlap, hide a handle or leave the stage, and labels the chosen box', () => {
  const knob = { x: 176, y: 140, width: 9, height: 9 };
  const side = fc.double({ min: -40, max: 400, noNaN: true });
  const box = fc.record({
    place: fc.record({
      x: side,
      y: side,
      width: fc.double({ min: 1, max: 300, noNaN: true }),
      height: fc.double({ min: 1, max: 300, noNaN: true }),
    }),
    width: fc.integer({ min: 20, max: 120 }),
  });
  fc.assert(
    fc.property(fc.array(box, { minLength: 1, maxLength: 60 }), (boxes) => {
      const labels = placeLabels(
        boxes.map(({ place, width }, k) => ({
          place,
          short: { text: 'n', width: 20 },
          full: { text: 'name', width },
          isChosen: k === 0,
        })),
        [knob],
        STAGE,
      );
      const placed = labels.filter((label) => label !== undefined);
      expect(labels[0]).toBeDefined();
      for (const [k, label] of placed.entries()) {
        expect(label.x).toBeGreaterThanOrEqual(0);
        expect(label.y).toBeGreaterThanOrEqual(0);
        expect(label.x + label.width).toBeLessThanOrEqual(STAGE.width + 1e-9);
        expect(label.y + label.height).toBeLessThanOrEqual(STAGE.height + 1e-9);
        expect(label !== labels[0] && overlap(label, knob)).toBe(false);
        expect(placed.slice(k + 1).filter((other) => overlap(label, other))).toEqual([]);
      }
    }),
  );
});
