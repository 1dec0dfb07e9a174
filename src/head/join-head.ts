import { countOf, describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import type { JoinHeadOptions, Layout, Tensor, TensorData, WhereGiven } from '../types.ts';
import { LAYOUTS, LEVEL_AXES } from '../validate/layout.ts';
import { OptionReader } from '../validate/option-reader.ts';
import { readTensor } from '../validate/tensor.ts';
import { copyRuns } from './copy-runs.ts';
import { formOf, type Grid } from './form.ts';
import { allocateMissing, deviceOf, readDestinations, whereGiven } from './memory.ts';

const ACTION = 'joinHead';
/** Largest number of levels. */
const MOST_LEVELS = 2 ** 10;

/**
 * Concatenates levels over all anchors, for example the gradients of levels from {@link splitHead}.
 *
 * @param levels [B, c, H, W] or, with layout 'nhwc', [B, H, W, c] each, in the order of the strides
 * @returns [B, c, A] or [B, A, c], in `out` or in new memory; a new GPUBuffer has the usages STORAGE, COPY_SRC and
 * COPY_DST, and the caller destroys it
 * @throws {ShapeError} the levels are no list of tensors with four axes, or differ in number of images or channels
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} GPU_BUFFER: a buffer lacks the usages STORAGE and COPY_SRC, is destroyed, or belongs to another
 * device; GPU_MEMORY, GPU_LOST, MODULE_LOAD
 */
export function joinHead<Data extends TensorData = Float32Array>(
  levels: readonly Tensor<Data>[],
  options: JoinHeadOptions = {},
): WhereGiven<Data, Tensor<Data>> {
  const { device, named, join } = planJoin(levels, options);
  // The head is in the same kind of memory as the levels
  return whereGiven(ACTION, device, named, join) as WhereGiven<Data, Tensor<Data>>;
}

function planJoin(given: unknown, options: JoinHeadOptions) {
  const reader = new OptionReader(ACTION, 'options', options, ['layout', 'device', 'out']);
  const layout = reader.oneOf('layout', LAYOUTS, 'nchw');
  const read = readLevels(given, layout);
  const views = read.map(({ view }) => view);
  const [{ batch, channels }] = read;
  const device = deviceOf(ACTION, views, reader.raw('device'));
  checkOneKind(views);
  const grids = read.map(({ grid }) => grid);
  const form = formOf(layout, grids, batch, channels);
  const named = Object.fromEntries(views.map((view, l) => [`levels[${l}]`, view]));
  const out = reader.raw('out');
  const wanted = { out: 'out', source: 'the levels', data: views[0], shape: form.shape };
  const outs =
    out === undefined
      ? undefined
      : readDestinations(ACTION, [out], [wanted], Object.entries(named));
  if (outs) named.out = outs[0].view;
  const join = () => {
    const [head] = allocateMissing(ACTION, outs, [form.shape], device);
    copyRuns(form, head.view, views, 'join', device);
    return head.tensor;
  };
  return { device, named, join };
}

function readLevels(given: unknown, layout: Layout) {
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_LEVELS) {
    const got = describe(given);
    throw new ShapeError(
      'LEVEL_COUNT',
      `${ACTION}: levels needs a list of tensors, 1 to ${MOST_LEVELS}, got ${got}`,
    );
  }
  // Array.from turns holes into undefined
  const read = Array.from(given, (level, l) => readLevel(`${ACTION}: levels[${l}]`, level, layout));
  const [{ batch, channels }] = read;
  const other = read.findIndex((level) => level.batch !== batch || level.channels !== channels);
  if (other < 0) return read;
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${ACTION}: levels[${other}] needs ${countOf(batch, 'image')} and ${countOf(channels, 'channel')}, as levels[0] has, got ` +
      `${read[other].batch} and ${read[other].channels}`,
  );
}

function readLevel(name: string, level: unknown, layout: Layout) {
  const axes = LEVEL_AXES[layout];
  const { data: view, shape } = readTensor(name, level, true, axes.names);
  const grid: Grid = [shape[axes.height], shape[axes.width]];
  return { view, batch: shape[0], channels: shape[axes.channels], grid };
}

function checkOneKind(views: readonly unknown[]): void {
  const isArray = views.map((view) => view instanceof Float32Array);
  if (isArray.every((is) => is === isArray[0])) return;
  throw new ShapeError(
    'TENSOR_TYPE',
    `${ACTION}: levels needs arrays or GPUBuffers, got some of each`,
  );
}
