import type { CellNorms } from '../model/gradient.ts';
import type { Picture } from '../model/scene.ts';
import { type Cells, paintCells } from './cells.ts';
import { paintHeat } from './heat.ts';
import { type Prediction, paintPredictions } from './predictions.ts';

/** Everything that is painted beneath the boxes. Coordinates are normalised to the image. */
export interface StagePicture {
  picture: Picture | undefined;
  cells: Cells | undefined;
  heat: CellNorms | undefined;
  predictions: readonly Prediction[];
}

/** Dark layer over the photograph that makes drawings stand out. */
const WASH = 'rgba(20, 18, 16, 0.28)';
/** Background of a scene without a photograph. */
const GROUND = '#57534e';

/**
 * Paints the stage.
 *
 * @param width of the stage, CSS pixels
 * @param height of the stage, CSS pixels
 */
export function paintStage(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  { picture, cells, heat, predictions }: StagePicture,
): void {
  context.fillStyle = GROUND;
  context.fillRect(0, 0, width, height);
  if (picture) {
    paintPicture(context, width, height, picture);
    context.fillStyle = WASH;
    context.fillRect(0, 0, width, height);
  }
  if (heat) paintHeat(context, width, height, heat);
  if (cells) paintCells(context, width, height, cells);
  paintPredictions(context, width, height, predictions);
}

function paintPicture(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  { source, mirrored }: Picture,
): void {
  context.save();
  if (mirrored) context.transform(-1, 0, 0, 1, width, 0);
  context.drawImage(source, 0, 0, width, height);
  context.restore();
}
