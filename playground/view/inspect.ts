import { anchorUnder, head, placeOf, positives } from '../model/head.ts';
import { inspected, shownLevel } from '../model/state.ts';
import { inspectedLevel } from './shown.ts';

const ARROWS: Record<string, [columns: number, rows: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Inspects the cell at a normalised point. If all levels are in view, a positive is preferred. */
export function inspectAt(x: number, y: number): void {
  const current = head.value;
  if (!current) return;
  const under = current.levels.map((_, l) => anchorUnder(current, l, x, y));
  const positive = under.find((anchor) => positives.value.has(anchor));
  const isFree = shownLevel.value === 'all';
  inspected.value = isFree && positive !== undefined ? positive : under[inspectedLevel.value];
}

/** Moves to the next cell by an arrow key, or to the middle if no cell is inspected. */
export function moveInspected(event: KeyboardEvent): void {
  const current = head.value;
  const arrow = ARROWS[event.key];
  if (!current || !arrow) return;
  event.preventDefault();
  if (inspected.value === undefined) {
    inspected.value = anchorUnder(current, inspectedLevel.value, 0.5, 0.5);
    return;
  }
  const { levelIndex, left, top, width, height } = placeOf(current, inspected.value);
  const [columns, rows] = arrow;
  const [x, y] = [left + (columns + 0.5) * width, top + (rows + 0.5) * height];
  inspected.value = anchorUnder(current, levelIndex, x, y);
}
