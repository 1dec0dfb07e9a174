import { scoreColour } from '../../examples/lib/score-scale.mjs';

/** A cell of a level's grid, normalised to the image. */
export interface Cell {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Positives, and the grid that they lie on. */
export interface Cells {
  positives: readonly (Cell & { score: number; isChosen: boolean })[];
  /** Columns and rows of the level whose grid is drawn. */
  grid: { columns: number; rows: number } | undefined;
  inspected: Cell | undefined;
}

const LINE = 'rgba(255, 255, 255, 0.22)';
const RIM = 'rgba(255, 255, 255, 0.95)';
const HALO = 'rgba(20, 18, 16, 0.7)';
const FAINT = 0.32;
/** Radius of a dot in CSS pixels: it must be visible on the finest grid, and not cover a cell of the coarsest. */
const [SMALLEST, LARGEST] = [3, 9];

/** Paints a dot at the centre of each positive cell, coloured by score. */
export function paintCells(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  { positives, grid, inspected }: Cells,
): void {
  if (grid) paintGrid(context, width, height, grid);
  // Large cells come first and those of the chosen box last, so that none hides another
  const ordered = [...positives].sort(
    (a, b) => Number(a.isChosen) - Number(b.isChosen) || b.width - a.width,
  );
  for (const cell of ordered) {
    const [w, h] = [cell.width * width, cell.height * height];
    const [left, top] = [cell.left * width, cell.top * height];
    const colour = scoreColour(cell.score);
    context.globalAlpha = cell.isChosen ? 1 : FAINT;
    if (cell.isChosen) {
      context.lineWidth = 1;
      context.strokeStyle = 'rgba(255, 255, 255, 0.55)';
      context.strokeRect(left + 0.5, top + 0.5, w - 1, h - 1);
    }
    const radius = Math.min(Math.max(Math.min(w, h) * 0.3, SMALLEST), LARGEST);
    paintDot(context, left + w / 2, top + h / 2, radius, colour);
  }
  context.globalAlpha = 1;
  if (inspected) paintFrame(context, width, height, inspected);
}

function paintDot(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  colour: string,
): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.lineWidth = 4;
  context.strokeStyle = HALO;
  context.stroke();
  context.lineWidth = 2;
  context.strokeStyle = RIM;
  context.stroke();
  context.fillStyle = colour;
  context.fill();
}

function paintGrid(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  { columns, rows }: { columns: number; rows: number },
): void {
  context.beginPath();
  for (let column = 1; column < columns; column++) {
    const x = Math.round((column * width) / columns) + 0.5;
    context.moveTo(x, 0);
    context.lineTo(x, height);
  }
  for (let row = 1; row < rows; row++) {
    const y = Math.round((row * height) / rows) + 0.5;
    context.moveTo(0, y);
    context.lineTo(width, y);
  }
  context.lineWidth = 1;
  context.strokeStyle = LINE;
  context.stroke();
}

function paintFrame(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  cell: Cell,
): void {
  const place = [cell.left * width, cell.top * height, cell.width * width, cell.height * height];
  const [left, top, w, h] = place;
  context.lineWidth = 4;
  context.strokeStyle = HALO;
  context.strokeRect(left, top, w, h);
  context.lineWidth = 2;
  context.strokeStyle = '#ffffff';
  context.strokeRect(left, top, w, h);
}
