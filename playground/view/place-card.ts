import type { Edges } from '../model/edit.ts';
import type { CellPlace } from '../model/head.ts';
import type { StageSize } from './stage-size.ts';

/** Of the card, as the style sheet has it; CSS pixels. */
const [WIDTH, HEIGHT] = [262, 268];
/** Between the card and what it is beside. */
const GAP = 14;
/** How far the card may come over the box it is beside. */
const INTRUSION = 48;

/**
 * Where the card of a cell goes, on a stage of this size. Beside the chosen box, if there is room and the cell is
 * not there: it stays in place while cells inside the box are looked at. Else beside the cell.
 */
export function placeCard(
  cell: Pick<CellPlace, 'left' | 'top' | 'width'>,
  box: Edges | undefined,
  size: StageSize,
): { left: string; top: string } {
  const lowest = Math.max(size.height - HEIGHT, 0);
  const [cellLeft, cellRight] = [cell.left * size.width, (cell.left + cell.width) * size.width];
  const covers = (left: number) => cellRight > left && cellLeft < left + WIDTH;

  const beside = box ? [box.right * size.width + GAP, box.left * size.width - GAP - WIDTH] : [];
  const rightmost = size.width - WIDTH;
  const free = beside
    .map((left) => ({ left, shift: Math.max(-left, left - rightmost, 0) }))
    .sort((a, b) => a.shift - b.shift)
    .map(({ left, shift }) => ({ left: Math.min(Math.max(left, 0), rightmost), shift }))
    .find(({ left, shift }) => shift <= INTRUSION && !covers(left))?.left;
  const isRight = cellRight + GAP + WIDTH <= size.width;
  const left = free ?? (isRight ? cellRight + GAP : cellLeft - GAP - WIDTH);
  const top = (free !== undefined && box ? box.top : cell.top) * size.height;
  return { left: `${left}px`, top: `${Math.min(Math.max(top, 0), lowest)}px` };
}
