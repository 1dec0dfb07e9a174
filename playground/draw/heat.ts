import type { CellNorms } from '../model/gradient.ts';
import { heatColour } from './heat-scale.ts';

/**
 * How strongly the loss pulls at each cell, as colours on the finest of the given grids. Where levels lie on
 * each other their norms add up as the parts of one vector.
 */
export function paintHeat(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  levels: readonly CellNorms[],
): void {
  const finest = [...levels].sort((a, b) => b.norms.length - a.norms.length)[0];
  const norms = finest.norms.map((_, cell) => {
    const x = ((cell % finest.width) + 0.5) / finest.width;
    const y = (Math.floor(cell / finest.width) + 0.5) / finest.height;
    return Math.hypot(...levels.map((level) => normAt(level, x, y)));
  });
  const largest = norms.reduce((max, norm) => (norm > max ? norm : max), 0);
  if (!(largest > 0)) return;

  const pixels = new ImageData(finest.width, finest.height);
  norms.forEach((norm, cell) => {
    pixels.data.set(heatColour(norm / largest), 4 * cell);
  });
  const small = new OffscreenCanvas(finest.width, finest.height);
  small.getContext('2d')?.putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, width, height);
  context.imageSmoothingEnabled = true;
}

function normAt({ width, height, norms }: CellNorms, x: number, y: number): number {
  return norms[Math.floor(y * height) * width + Math.floor(x * width)];
}
