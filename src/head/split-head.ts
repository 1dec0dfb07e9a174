import type { Dense } from '../backend/backend.ts';
import { describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import type { SplitHeadOptions, Tensor, TensorData, WhereGiven } from '../types.ts';
import { OptionReader } from '../validate/option-reader.ts';
import { copyList, reading } from '../validate/read.ts';
import { checkStillThere, fitted, readTensor } from '../validate/tensor.ts';
import { copyRuns } from './copy-runs.ts';
import { formOf, type Grid, HEAD_AXES, type HeadForm } from './form.ts';
import { allocateMissing, deviceOf, readOuts, whereGiven } from './memory.ts';

const ACTION = 'splitHead';

/**
 * The levels of a head whose raw outputs were concatenated over all anchors, as exported models give them.
 *
 * Raw: box channels are 4·R logits, classes are logits. Boxes that the model has decoded itself, 4 + C channels, hold
 * no distribution to learn from and cannot be split into one. {@link joinHead} is the way back.
 *
 * @param head [B, c, A] or, with layout 'nhwc', [B, A, c]: anchors level by level, each row-major
 * @returns [B, c, H, W] or [B, H, W, c] a level, for a criterion of that layout: copies, in `out` where it is given.
 * Without it, where a level is one run (one image, 'nhwc'), a part of the head's memory; else on a GPU new buffers of
 * usage STORAGE, COPY_SRC and COPY_DST, the caller's to destroy.
 * @throws {ShapeError} no tensor of three axes, not the anchors of that image size, or `out` of other shapes or in
 * memory that is shared
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} GPU_BUFFER: a buffer without usage STORAGE and COPY_SRC, one that is destroyed or another
 * device's; GPU_MEMORY, GPU_LOST, MODULE_LOAD
 */
export function splitHead<Data extends TensorData = Float32Array>(
  head: Tensor<Data>,
  options: SplitHeadOptions,
): WhereGiven<Data, Tensor<Data>[]> {
  const { device, named, split } = reading(ACTION, () => planSplit(head, options));
  // The levels are where the head is
  return whereGiven(ACTION, device, named, split) as WhereGiven<Data, Tensor<Data>[]>;
}

function planSplit(head: unknown, options: SplitHeadOptions) {
  const { strides, imageSize, layout, device: given, out } = parse(options);
  const read = readTensor(`${ACTION}: head`, head, HEAD_AXES[layout], 3, true);
  const { shape } = read;
  const whole = fitted(`${ACTION}: head`, read);
  const device = deviceOf(ACTION, [whole], given);
  const grids = strides.map((stride): Grid => {
    const [height, width] = imageSize.map((pixels) => Math.ceil(pixels / stride));
    return [height, width];
  });
  const [batch, channels] = layout === 'nchw' ? shape : [shape[0], shape[2]];
  const form = formOf(layout, grids, batch, channels);
  checkAnchors(form, shape, grids, imageSize, strides, layout);
  const shapes = form.levels.map((level) => level.shape);
  const outs = out === undefined ? undefined : readLevels(out, shapes, whole);
  const named = Object.fromEntries(outs?.map(({ view }, l) => [`out[${l}]`, view]) ?? []);
  // Getters of what came later may have taken away what was read before
  checkStillThere(ACTION, 'head', whole, shape);
  outs?.forEach(({ view }, l) => {
    checkStillThere(ACTION, `out[${l}]`, view, shapes[l]);
  });
  const split = () => {
    if (!outs && form.rows === 1) return partsOf(form, whole);
    const levels = allocateMissing(ACTION, outs, shapes, device);
    const views = levels.map(({ view }) => view);
    copyRuns(form, whole, views, 'split', device);
    return levels.map(({ tensor }) => tensor);
  };
  return { device, named: { head: whole, ...named }, split };
}

function readLevels(out: unknown, shapes: number[][], head: Dense) {
  const list = copyList(out, shapes.length);
  if (list?.length !== shapes.length) {
    const [needed, got] = [`a list of ${shapes.length} tensors`, describe(out)];
    throw new ShapeError('LEVEL_COUNT', `${ACTION}: out needs ${needed}, got ${got}`);
  }
  const names = shapes.map((_, l) => ({ out: `out[${l}]`, source: `level ${l} of the head` }));
  return readOuts(ACTION, list, names, shapes, { head });
}

function parse(options: SplitHeadOptions) {
  const known = ['strides', 'imageSize', 'layout', 'device', 'out'];
  const given = new OptionReader(ACTION, 'options', options, known);
  return {
    strides: given.integers('strides', 1, [8, 16, 32]),
    imageSize: parseImageSize(given),
    layout: given.oneOf('layout', ['nchw', 'nhwc'], 'nchw'),
    device: given.raw('device'),
    out: given.raw('out'),
  };
}

/** Height and width. */
function parseImageSize(given: OptionReader): readonly number[] {
  const value = given.raw('imageSize');
  if (!Array.isArray(value)) {
    const size = given.integer('imageSize', 1);
    return [size, size];
  }
  const sizes = given.integers('imageSize', 1, []);
  if (sizes.length === 2) return sizes;
  throw given.invalid('imageSize', 'pixels, one integer or [height, width]');
}

function checkAnchors(
  form: HeadForm,
  shape: readonly number[],
  grids: readonly Grid[],
  [height, width]: readonly number[],
  strides: readonly number[],
  layout: 'nchw' | 'nhwc',
): void {
  const axis = layout === 'nchw' ? 2 : 1;
  if (shape[axis] === form.shape[axis]) return;
  const sum = grids.map((grid) => grid.join('×')).join(' + ');
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${ACTION}: head needs ${form.shape[axis]} anchors (${sum}, for ${height}×${width} px at strides ` +
      `${strides.join(', ')}) in ${HEAD_AXES[layout]}, got ${shape[axis]} in [${shape}]`,
  );
}

function partsOf({ levels }: HeadForm, head: Dense): Tensor<TensorData>[] {
  return levels.map(({ shape, start, length }) => {
    if (head instanceof Float32Array) return { data: head.subarray(start, start + length), shape };
    return { data: head.buffer, shape, offset: head.offset + 4 * start, size: 4 * length };
  });
}
