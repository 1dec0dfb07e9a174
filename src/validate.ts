import type { GroupedTargets, Level, Predictions } from './backend/backend.ts';
import { DetlossError, ShapeError, TargetError } from './errors.ts';
import { type DetectionOptions, describe } from './options.ts';
import type { DetectionTargets, GradOptions, Tensor } from './types.ts';

/** Largest coordinate of a normalised box: squares of its pixels stay within float32. */
const MAX_COORDINATE = 1e6;

/** Axes of a level's shape by layout. */
const AXES = {
  nchw: { channels: 1, height: 2, width: 3, names: '[B, c, H, W]' },
  nhwc: { channels: 3, height: 1, width: 2, names: '[B, H, W, c]' },
} as const;

/** Predictions as a backend wants them. Throws ShapeError; with `checkFinite`, code NOT_FINITE. */
export function validatePredictions(
  action: string,
  feats: readonly Tensor[],
  options: DetectionOptions,
): Predictions {
  const { strides, numClasses, regMax } = options;
  if (!Array.isArray(feats) || feats.length !== strides.length) {
    const got = Array.isArray(feats) ? `${feats.length} levels` : describe(feats);
    throw new ShapeError(
      'LEVEL_COUNT',
      `${action}: feats needs ${strides.length} levels, one a stride, got ${got}`,
    );
  }
  const levels: Level[] = [];
  let anchors = 0;
  for (let l = 0; l < strides.length; l++) {
    const level = validateLevel(action, feats[l], l, anchors, options);
    anchors += level.cells;
    levels.push(level);
  }
  const predictions: Predictions = {
    batch: feats[0].shape[0],
    numClasses,
    regMax,
    channels: 4 * regMax + numClasses,
    anchors,
    imageHeight: levels[0].height * strides[0],
    imageWidth: levels[0].width * strides[0],
    levels,
  };
  checkLevelsAgree(action, feats, predictions);
  if (options.checkFinite) checkFinite(action, predictions);
  return predictions;
}

function validateLevel(
  action: string,
  tensor: Tensor,
  index: number,
  firstAnchor: number,
  { layout, strides, numClasses, regMax }: DetectionOptions,
): Level {
  const name = `${action}: feats[${index}]`;
  const axes = AXES[layout];
  const [data, shape] = readTensor(name, tensor, axes.names);
  const needed = 4 * regMax + numClasses;
  const channels = shape[axes.channels];
  if (channels !== needed) {
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name} needs ${needed} channels (4·${regMax} + ${numClasses}), got ${channels} in [${shape}]`,
    );
  }
  checkLength(name, data, shape);
  const height = shape[axes.height];
  const width = shape[axes.width];
  const cells = height * width;
  return {
    data,
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

/** The data and shape of a tensor of rank 4, read once. Its length is another matter: `checkLength`. */
function readTensor(
  name: string,
  tensor: Tensor,
  axes: string,
): [data: Float32Array, shape: readonly number[]] {
  const { data, shape } = (tensor ?? {}) as Partial<Tensor>;
  if (Object.prototype.toString.call(data) !== '[object Float32Array]') {
    throw new ShapeError('TENSOR_TYPE', `${name}.data needs a Float32Array, got ${describe(data)}`);
  }
  const sizes = Array.isArray(shape) ? [...shape] : [];
  if (sizes.length !== 4 || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name}.shape needs 4 positive integers ${axes}, got ${describe(shape)}`,
    );
  }
  return [data as Float32Array, sizes];
}

function checkLength(name: string, data: Float32Array, shape: readonly number[]): void {
  const needed = shape.reduce((product, size) => product * size, 1);
  if (data.length === needed) return;
  throw new ShapeError(
    'TENSOR_LENGTH',
    `${name}.data needs ${needed} values for the shape [${shape}], got ${data.length}`,
  );
}

function checkLevelsAgree(
  action: string,
  feats: readonly Tensor[],
  predictions: Predictions,
): void {
  const { batch, imageHeight, imageWidth, levels } = predictions;
  levels.forEach(({ height, width, stride }, l) => {
    const images = feats[l].shape[0];
    if (images !== batch) {
      throw new ShapeError(
        'TENSOR_SHAPE',
        `${action}: feats[${l}] needs ${batch} images as feats[0] has, got ${images}`,
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
        `${action}: feats[${l}] needs a grid that covers ${imageHeight}×${imageWidth} px (feats[0] × ` +
          `its stride) at stride ${stride}, got ${height}×${width} cells`,
      );
    }
  });
}

function checkFinite(action: string, { levels, channels }: Predictions): void {
  levels.forEach((level, l) => {
    const at = level.data.findIndex((value) => !Number.isFinite(value));
    if (at < 0) return;
    const image = Math.floor(at / level.imageStride);
    const channel = Math.floor(at / level.channelStride) % channels;
    const value = level.data[at];
    throw new DetlossError(
      'NOT_FINITE',
      `${action}: feats[${l}] holds ${value} in image ${image}, channel ${channel}`,
    );
  });
}

/** Targets grouped by image. Throws TargetError. */
export function validateTargets(
  action: string,
  targets: DetectionTargets,
  { batch, numClasses }: Predictions,
): GroupedTargets {
  const { batchIdx, cls, bboxes } = (targets ?? {}) as DetectionTargets;
  const count = arrayLength(action, 'batchIdx', batchIdx);
  checkCount(action, 'cls', cls, count);
  checkCount(action, 'bboxes', bboxes, 4 * count);
  const offsets = new Int32Array(batch + 1);
  for (let i = 0; i < count; i++) {
    checkIndex(action, 'TARGET_IMAGE', `batchIdx[${i}]`, batchIdx[i], batch, 'images');
    checkIndex(action, 'TARGET_CLASS', `cls[${i}]`, cls[i], numClasses, 'classes');
    checkBox(action, i, bboxes);
    offsets[batchIdx[i] + 1]++;
  }
  for (let b = 0; b < batch; b++) offsets[b + 1] += offsets[b];
  const next = offsets.slice();
  const grouped: GroupedTargets = {
    offsets,
    source: new Int32Array(count),
    cls: new Int32Array(count),
    boxes: new Float64Array(4 * count),
  };
  for (let i = 0; i < count; i++) {
    const row = next[batchIdx[i]]++;
    grouped.source[row] = i;
    grouped.cls[row] = cls[i];
    for (let k = 0; k < 4; k++) grouped.boxes[4 * row + k] = bboxes[4 * i + k];
  }
  return grouped;
}

function arrayLength(action: string, name: string, value: ArrayLike<number>): number {
  const length = typeof value === 'object' && value !== null ? value.length : undefined;
  if (Number.isInteger(length) && (length as number) >= 0) return length as number;
  throw new TargetError(
    'TARGET_TYPE',
    `${action}: targets.${name} needs an array of numbers, got ${describe(value)}`,
  );
}

function checkCount(action: string, name: string, value: ArrayLike<number>, needed: number): void {
  const length = arrayLength(action, name, value);
  if (length === needed) return;
  throw new TargetError(
    'TARGET_LENGTH',
    `${action}: targets.${name} needs ${needed} values for the batchIdx given, got ${length}`,
  );
}

function checkIndex(
  action: string,
  code: 'TARGET_IMAGE' | 'TARGET_CLASS',
  name: string,
  value: number,
  end: number,
  what: string,
): void {
  if (Number.isInteger(value) && value >= 0 && value < end) return;
  throw new TargetError(
    code,
    `${action}: targets.${name} needs an integer from 0 to ${end - 1} (${end} ${what}), got ${describe(value)}`,
  );
}

function checkBox(action: string, index: number, bboxes: ArrayLike<number>): void {
  for (let k = 0; k < 4; k++) {
    const value = bboxes[4 * index + k];
    const least = k < 2 ? -MAX_COORDINATE : 0;
    if (typeof value === 'number' && value >= least && value <= MAX_COORDINATE) continue;
    const box = Array.from({ length: 4 }, (_, i) => describe(bboxes[4 * index + i]));
    throw new TargetError(
      'TARGET_BOX',
      `${action}: targets.bboxes needs normalised xywh, finite and of no negative size, got [${box.join(', ')}] for target ${index}`,
    );
  }
}

/** Checks that `out` can take the gradients: shaped as the predictions, no memory shared with them. */
export function validateOut(
  action: string,
  { out }: GradOptions,
  feats: readonly Tensor[],
  { levels }: Predictions,
): Float32Array[] | null {
  if (out === undefined) return null;
  if (!Array.isArray(out) || out.length !== levels.length) {
    const got = Array.isArray(out) ? `${out.length}` : describe(out);
    throw new ShapeError('LEVEL_COUNT', `${action}: out needs ${levels.length} levels, got ${got}`);
  }
  const arrays = out.map((tensor, l) => {
    const name = `${action}: out[${l}]`;
    const [data, shape] = readTensor(name, tensor, 'as the predictions');
    if (shape.some((size, axis) => size !== feats[l].shape[axis])) {
      throw new ShapeError(
        'TENSOR_SHAPE',
        `${name} needs the shape [${feats[l].shape}] of feats[${l}], got [${shape}]`,
      );
    }
    checkLength(name, data, shape);
    return data;
  });
  const others = [...arrays, ...levels.map((level) => level.data)];
  arrays.forEach((array, l) => {
    if (others.every((other, i) => i === l || !overlaps(array, other))) return;
    throw new ShapeError(
      'OUT_ALIASES_INPUT',
      `${action}: out[${l}] needs memory of its own, got memory shared with feats or another level`,
    );
  });
  return arrays;
}

function overlaps(a: Float32Array, b: Float32Array): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  );
}
