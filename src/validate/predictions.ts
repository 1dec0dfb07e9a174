import type { Dense, Level, Predictions } from '../backend/backend.ts';
import { describe } from '../describe.ts';
import { DetlossError, ShapeError } from '../errors.ts';
import type { DetectionOptions } from './options.ts';
import { fitted, readTensor } from './tensor.ts';

/** Axes of a level's shape by layout. */
const AXES = {
  nchw: { channels: 1, height: 2, width: 3, names: '[B, c, H, W]' },
  nhwc: { channels: 3, height: 1, width: 2, names: '[B, H, W, c]' },
} as const;

/** Of predictions that are levels alone. */
const NO_OTHERS: Predictions<Dense>['others'] = [];

/**
 * Predictions as a backend wants them. Throws ShapeError; with `checkFinite`, code NOT_FINITE.
 *
 * @param name of the levels, for messages
 * @param outName of their gradients
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
    const got = Array.isArray(feats) ? `${feats.length} levels` : describe(feats);
    throw new ShapeError(
      'LEVEL_COUNT',
      `${action}: ${name} needs ${strides.length} levels, one a stride, got ${got}`,
    );
  }
  const levels: Level<Dense>[] = [];
  let anchors = 0;
  for (let l = 0; l < strides.length; l++) {
    const level = validateLevel(
      `${action}: ${name}[${l}]`,
      feats[l],
      l,
      anchors,
      options,
      takesBuffers,
    );
    anchors += level.cells;
    levels.push(level);
  }
  const predictions: Predictions<Dense> = {
    name,
    outName,
    batch: levels[0].shape[0],
    numClasses,
    regMax,
    channels: 4 * regMax + numClasses,
    anchors,
    imageHeight: levels[0].height * strides[0],
    imageWidth: levels[0].width * strides[0],
    checkFinite: options.checkFinite,
    levels,
    angles: null,
    others: NO_OTHERS,
  };
  checkLevelsAgree(action, name, predictions);
  if (options.checkFinite) checkFinite(action, name, predictions);
  return predictions;
}

function validateLevel(
  name: string,
  tensor: unknown,
  index: number,
  firstAnchor: number,
  { layout, strides, numClasses, regMax }: DetectionOptions,
  takesBuffers: boolean,
): Level<Dense> {
  const axes = AXES[layout];
  const read = readTensor(name, tensor, axes.names, 4, takesBuffers);
  const { shape } = read;
  const needed = 4 * regMax + numClasses;
  const channels = shape[axes.channels];
  if (channels !== needed) {
    const other = layout === 'nchw' ? 'nhwc' : 'nchw';
    const hint = shape[AXES[other].channels] === needed ? `: layout '${other}'?` : '';
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name} needs ${needed} channels (4·${regMax} + ${numClasses}), got ${channels} in [${shape}]${hint}`,
    );
  }
  const height = shape[axes.height];
  const width = shape[axes.width];
  const cells = height * width;
  return {
    data: fitted(name, read),
    shape,
    height,
    width,
    stride: strides[index],
    cells,
    firstAnchor,
    imageStride: channels * cells,
    channelStride: layout === 'nchw' ? cells : 1,
    cellStride: layout === 'nchw' ? 1 : channels,
  };
}

function checkLevelsAgree(action: string, name: string, predictions: Predictions<Dense>): void {
  const { batch, imageHeight, imageWidth, levels } = predictions;
  levels.forEach(({ shape: [images], height, width, stride }, l) => {
    if (images !== batch) {
      throw new ShapeError(
        'TENSOR_SHAPE',
        `${action}: ${name}[${l}] needs ${batch} images as ${name}[0] has, got ${images}`,
      );
    }
    // A grid may stick out of the image by less than a cell, or miss its rim by less than one.
    const off = Math.max(
      Math.abs(height * stride - imageHeight),
      Math.abs(width * stride - imageWidth),
    );
    if (off >= stride) {
      throw new ShapeError(
        'TENSOR_SHAPE',
        `${action}: ${name}[${l}] needs a grid that covers ${imageHeight}×${imageWidth} px (${name}[0] × ` +
          `its stride) at stride ${stride}, got ${height}×${width} cells: are levels in the order of strides?`,
      );
    }
  });
}

function checkFinite(action: string, name: string, { levels, channels }: Predictions<Dense>): void {
  levels.forEach((level, l) => {
    const { data } = level;
    if (!(data instanceof Float32Array)) return;
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at < 0) return;
    const image = Math.floor(at / level.imageStride);
    const channel = Math.floor(at / level.channelStride) % channels;
    const value = data[at];
    throw new DetlossError(
      'NOT_FINITE',
      `${action}: ${name}[${l}] holds ${value} in image ${image}, channel ${channel}`,
    );
  });
}
