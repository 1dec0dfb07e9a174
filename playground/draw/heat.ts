import type { CellNorms } from '../model/gradient.ts';
import { heatColour } from './heat-scale.ts';

/** Paints the norm of the gradient at each cell as a colour. */
export function paintHeat(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  { width: columns, height: rows, norms, largest }: CellNorms,
): void {
  if (!(largest > 0)) return;
  const pixels = new ImageData(columns, rows);
  norms.forEach((norm, cell) => {
    pixels.data.set(heatColour(norm / largest), 4 * cell);
  });
  const small = new OffscreenCanvas(columns, rows);
  small.getContext('2d')?.putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, width, height);
  context.imageSmoothingEnabled = true;
}
