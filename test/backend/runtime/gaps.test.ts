import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Gaps } from '../../../src/backend/runtime/gaps.ts';

const END = 64;

it('Gaps: whatever is taken and given back, no stretch is in two hands, and in the end all are one', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(16))), (steps) => {
      const gaps = new Gaps();
      gaps.give(0, END);
      const taken: { start: number; end: number }[] = [];
      for (const [isTaken, number] of steps) {
        if (isTaken) {
          const start = gaps.take(number + 1);
          if (start >= 0) taken.push({ start, end: start + number + 1 });
        } else if (taken.length > 0) {
          const [{ start, end }] = taken.splice(number % taken.length, 1);
          gaps.give(start, end);
        }
        const owners = new Uint8Array(END);
        for (const { start, end } of taken) for (let i = start; i < end; i++) owners[i]++;
        expect(Math.max(...owners)).toBeLessThanOrEqual(1);
      }
      for (const { start, end } of taken) gaps.give(start, end);
      expect(gaps.take(END)).toBe(0);
      expect(gaps.take(1)).toBe(-1);
    }),
  );
});

it('Gaps: takes the smallest that is large enough', () => {
  const gaps = new Gaps();
  gaps.give(0, 30);
  gaps.give(40, 50);
  gaps.give(60, 80);
  expect([gaps.take(10), gaps.take(15), gaps.take(31)]).toEqual([40, 60, -1]);
});

it('Gaps: gives the one that reaches up to an end', () => {
  const gaps = new Gaps();
  gaps.give(10, 30);
  expect([gaps.takeUpTo(40), gaps.takeUpTo(30), gaps.takeUpTo(30)]).toEqual([40, 10, 30]);
});
