import type { Dense } from '../backend/inputs.ts';
import { countOf, describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import type { Layout, SplitHeadOptions, Tensor, TensorData, WhereGiven } from '../types.ts';
import { LAYOUTS } from '../validate/layout.ts';
import { OptionReader } from '../validate/option-reader.ts';
import { readTensor } from '../validate/tensor.ts';
import { copyRuns } from './copy-runs.ts';
import { formOf, type Grid, HEAD_AXES, type HeadForm } from './form.ts';
import { allocateMissing, deviceOf, readDestinations, whereGiven } from './memory.ts';

const ACTION = 'splitHead';

/**
 * Splits the head of an exported model, whose raw outputs are concatenated over all anchors, into its levels.
 *
 * Raw outputs are 4·R logits for the box and C class logits. Outputs with 4 + C channels are boxes that the model has
 * decoded itself: they lack the distributions that the losses need. {@link joinHead} is the inverse.
 *
 * @param head [B, c, A] or, with layout 'nhwc', [B, A, c]; anchors are level by level, each row-major
 * @returns [B, c, H, W] or [B, H, W, c] per level, for a criterion of that layout: copies, in `out` if it is given.
 * Without `out`, a level of one image in layout 'nhwc' is a part of the head's memory. Other levels are in new memory;
 * new buffers have the usages STORAGE, COPY_SRC and COPY_DST, and the caller destroys them.
 * @throws {ShapeError} the head is no tensor with three axes, or its number of anchors does not fit the image size;
 * `out` has other shapes, or shares memory
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} GPU_BUFFER: a buffer lacks the usages STORAGE and COPY_SRC, is destroyed, or belongs to another
 * device; GPU_MEMORY, GPU_LOST, MODULE_LOAD
 */
export function splitHead<Data extends TensorData = Float32Array>(
  head: Tensor<Data>,
  options: SplitHeadOptions,
): WhereGiven<Data, Tensor<Data>[]> {
  const { device, named, split } = planSplit(head, options);
  // The levels are in the same kind of memory as the head
  return whereGiven(ACTION, device, named, split) as WhereGiven<Data, Tensor<Data>[]>;
}

function planSplit(head: unknown, options: SplitHeadOptions) {
  const { strides, imageSize, layout, device: given, out } = parse(options);
  const { data: whole, shape } = readTensor(`${ACTION}: head`, head, true, HEAD_AXES[layout]);
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
  if (!Array.isArray(out) || out.length !== shapes.length) {
    const [needed, got] = [`a list of ${countOf(shapes.length, 'tensor')}`, describe(out)];
    throw new ShapeError('LEVEL_COUNT', `${ACTION}: out needs ${needed}, got ${got}`);
  }
  const wanted = shapes.map((shape, l) => {
    return { out: `out[${l}]`, source: `level ${l} of the head`, data: head, shape };
  });
  return readDestinations(ACTION, out, wanted, [['head', head]]);
}

function parse(options: SplitHeadOptions) {
  const known = ['strides', 'imageSize', 'layout', 'device', 'out'];
  const given = new OptionReader(ACTION, 'options', options, known);
  return {
    strides: given.integers('strides', 1, [8, 16, 32]),
    imageSize: parseImageSize(given),
    layout: given.oneOf('layout', LAYOUTS, 'nchw'),
    device: given.raw('device'),
    out: given.raw('out'),
  };
}

/** Reads height and width. */
function parseImageSize(given: OptionReader): readonly number[] {
  if (!Array.isArray(given.raw('imageSize'))) {
    const size = given.integer('imageSize', 1);
    return [size, size];
  }
  const sizes = given.integers('imageSize', 1, []);
  const needed = 'pixels, one integer or [height, width]';
  given.where('imageSize', () => sizes.length === 2, needed);
  return sizes;
}

function checkAnchors(
  form: HeadForm,
  shape: readonly number[],
  grids: readonly Grid[],
  [height, width]: readonly number[],
  strides: readonly number[],
  layout: Layout,
): void {
  const axis = layout === 'nchw' ? 2 : 1;
  if (shape[axis] === form.shape[axis]) return;
  const isTurned = shape[3 - axis] === form.shape[axis];
  const hint = isTurned ? `: layout '${axis === 2 ? 'nhwc' : 'nchw'}'?` : '';
  const sum = grids.map((grid) => grid.join('×')).join(' + ');
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${ACTION}: head needs ${countOf(form.shape[axis], 'anchor')} (${sum}, for ${height}×${width} px at strides ` +
      `${strides.join(', ')}) in ${HEAD_AXES[layout]}, got ${shape[axis]} in [${shape}]${hint}`,
  );
}

function partsOf({ levels }: HeadForm, head: Dense): Tensor<TensorData>[] {
  return levels.map(({ shape, start, length }) => {
    if (head instanceof Float32Array) return { data: head.subarray(start, start + length), shape };
    return { data: head.buffer, shape, offset: head.offset + 4 * start, size: 4 * length };
  });
}
