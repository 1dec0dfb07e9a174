import { UPRIGHT } from '../backend/assign/upright.ts';
import type { Dense, Level, Predictions } from '../backend/inputs.ts';
import { countOf, describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import { checkRaw } from './decoded.ts';
import { checkFinite } from './finite.ts';
import { channelHint, headHint, listHint } from './head-hints.ts';
import { LEVEL_AXES } from './layout.ts';
import type { DetectionOptions } from './options.ts';
import { readData, readShape } from './tensor.ts';

/**
 * Reads the levels of a head of upright boxes.
 *
 * @param name name of the levels, for messages
 * @param outName name of their gradients
 * @throws {ShapeError | BackendError} and, with the option `checkFinite`, DetlossError NOT_FINITE
 */
export function validatePredictions(
  action: string,
  name: string,
  feats: unknown,
  options: DetectionOptions,
  takesBuffers: boolean,
  outName = `out.${name}`,
): Predictions<Dense> {
  const { strides, numClasses, regMax } = options;
  if (!Array.isArray(feats) || feats.length !== strides.length) {
    const got = Array.isArray(feats) ? countOf(feats.length, 'level') : describe(feats);
    throw new ShapeError(
      'LEVEL_COUNT',
      `${action}: ${name} needs ${countOf(strides.length, 'tensor')}, one per stride, got ${got}${listHint(feats, options)}`,
    );
  }
  const levels: Level<Dense>[] = [];
  let anchors = 0;
  for (const [l, stride] of strides.entries()) {
    const levelName = `${action}: ${name}[${l}]`;
    const level = readLevel(levelName, feats[l], stride, anchors, options, takesBuffers);
    anchors += level.cells;
    levels.push(level);
  }
  const [{ shape, height, width }] = levels;
  const predictions: Predictions<Dense> = {
    name,
    outName,
    batch: shape[0],
    numClasses,
    regMax,
    channels: 4 * regMax + numClasses,
    anchors,
    imageHeight: height * strides[0],
    imageWidth: width * strides[0],
    checkFinite: options.checkFinite,
    levels,
    geometry: UPRIGHT,
    boxTensors: [],
    others: [],
  };
  checkLevelsAgree(action, predictions);
  if (regMax === 1) checkRaw(action, predictions);
  return predictions;
}

function readLevel(
  name: string,
  tensor: unknown,
  stride: number,
  firstAnchor: number,
  options: DetectionOptions,
  takesBuffers: boolean,
): Level<Dense> {
  const { layout, numClasses, regMax } = options;
  const axes = LEVEL_AXES[layout];
  const shape = readShape(name, tensor, axes.names, (given) => headHint(given, options));
  const channels = 4 * regMax + numClasses;
  const got = shape[axes.channels];
  if (got !== channels) {
    const hint = channelHint(shape, layout, options);
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name} needs ${channels} channels (4·${regMax} + ${numClasses}), got ${got} in [${shape}]${hint}`,
    );
  }
  const [height, width] = [shape[axes.height], shape[axes.width]];
  const cells = height * width;
  const level = {
    data: readData(name, tensor, shape, takesBuffers),
    shape,
    height,
    width,
    stride,
    cells,
    firstAnchor,
    imageStride: channels * cells,
    channelStride: layout === 'nchw' ? cells : 1,
    cellStride: layout === 'nchw' ? 1 : channels,
  };
  if (options.checkFinite) checkFinite(name, level.data, channels, level);
  return level;
}

function checkLevelsAgree(
  action: string,
  { name, batch, imageHeight, imageWidth, levels }: Predictions<Dense>,
): void {
  for (const [l, { shape, height, width, stride }] of levels.entries()) {
    if (shape[0] !== batch) {
      throw new ShapeError(
        'TENSOR_SHAPE',
        `${action}: ${name}[${l}] needs ${countOf(batch, 'image')} as ${name}[0] has, got ${shape[0]}`,
      );
    }
    // A grid may be larger or smaller than the image by less than a cell
    const rows = Math.abs(height * stride - imageHeight);
    const columns = Math.abs(width * stride - imageWidth);
    if (Math.max(rows, columns) < stride) continue;
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${action}: ${name}[${l}] needs a grid that covers ${imageHeight}×${imageWidth} px (${name}[0] × ` +
        `its stride) at stride ${stride}, got ${height}×${width} cells: are levels in the order of strides?`,
    );
  }
}
