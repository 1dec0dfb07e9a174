import type { Edges } from '../model/edit.ts';
import type { CellPlace } from '../model/head.ts';
import type { StageSize } from './stage-size.ts';

/** Size of the card in CSS pixels, as in the style sheet. */
const [WIDTH, HEIGHT] = [262, 268];
/** Distance between the card and the box or cell beside it. */
const GAP = 14;
/** Largest overlap of the card with the box beside it. */
const INTRUSION = 48;

/**
 * Places the card of a cell on a stage of the given size. If there is room and the cell is not in the way, the card lies
 * beside the chosen box, and stays there while the reader inspects cells inside the box. Otherwise it lies beside the cell.
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
