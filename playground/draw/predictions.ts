import { scoreColour } from '../../examples/lib/score-scale.mjs';
import type { Edges } from '../model/edit.ts';

/** Box that a positive predicts, normalised to the image. */
export interface Prediction extends Edges {
  score: number;
}

const HALO = 'rgba(20, 18, 16, 0.45)';

/** Paints outlines of predicted boxes, coloured by score, the best on top. */
export function paintPredictions(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  predictions: readonly Prediction[],
): void {
  const ordered = [...predictions].sort((a, b) => a.score - b.score);
  for (const { left, top, right, bottom, score } of ordered) {
    context.beginPath();
    context.rect(left * width, top * height, (right - left) * width, (bottom - top) * height);
    context.lineWidth = 3.5;
    context.strokeStyle = HALO;
    context.stroke();
    context.lineWidth = 1.75;
    context.strokeStyle = scoreColour(score);
    context.stroke();
  }
}
