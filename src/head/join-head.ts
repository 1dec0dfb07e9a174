import { describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import type { JoinHeadOptions, Layout, Tensor, TensorData, WhereGiven } from '../types.ts';
import { OptionReader } from '../validate/option-reader.ts';
import { copyList, reading } from '../validate/read.ts';
import { checkStillThere, fitted, readTensor } from '../validate/tensor.ts';
import { copyRuns } from './copy-runs.ts';
import { formOf, type Grid, LEVEL_AXES } from './form.ts';
import { allocateMissing, deviceOf, readOuts, whereGiven } from './memory.ts';

const ACTION = 'joinHead';
/** More than any head has. */
const MOST_LEVELS = 2 ** 10;

/**
 * The concatenated form of levels, such as the gradients of those that {@link splitHead} gave.
 *
 * @param levels [B, c, H, W] or, with layout 'nhwc', [B, H, W, c] each, in the order of the strides
 * @returns [B, c, A] or [B, A, c], in `out` or memory of its own; on a GPU a new buffer of usage STORAGE, COPY_SRC and COPY_DST,
 * the caller's to destroy
 * @throws {ShapeError} no list of tensors of four axes, or levels of other images or channels than the first
 * @throws {ConfigError} an unknown option, or a value it cannot have
 * @throws {BackendError} GPU_BUFFER: a buffer without usage STORAGE and COPY_SRC, one that is destroyed or another
 * device's; GPU_MEMORY, GPU_LOST, MODULE_LOAD
 */
export function joinHead<Data extends TensorData = Float32Array>(
  levels: readonly Tensor<Data>[],
  options: JoinHeadOptions = {},
): WhereGiven<Data, Tensor<Data>> {
  const { device, named, join } = reading(ACTION, () => planJoin(levels, options));
  // The head is where the levels are
  return whereGiven(ACTION, device, named, join) as WhereGiven<Data, Tensor<Data>>;
}

function planJoin(given: unknown, options: JoinHeadOptions) {
  const reader = new OptionReader(ACTION, 'options', options, ['layout', 'device', 'out']);
  const layout = reader.oneOf('layout', ['nchw', 'nhwc'], 'nchw');
  const read = readLevels(given, layout);
  const views = read.map(({ view }) => view);
  const [{ batch, channels }] = read;
  const device = deviceOf(ACTION, views, reader.raw('device'));
  checkOneKind(views);
  const grids = read.map(({ grid }) => grid);
  const form = formOf(layout, grids, batch, channels);
  const named = Object.fromEntries(views.map((view, l) => [`levels[${l}]`, view]));
  const out = reader.raw('out');
  const names = [{ out: 'out', source: 'the levels' }];
  const outs = out === undefined ? undefined : readOuts(ACTION, [out], names, [form.shape], named);
  if (outs) named.out = outs[0].view;
  // Getters of what came later may have taken away what was read before
  read.forEach(({ view, shape }, l) => {
    checkStillThere(ACTION, `levels[${l}]`, view, shape);
  });
  const join = () => {
    const [head] = allocateMissing(ACTION, outs, [form.shape], device);
    copyRuns(form, head.view, views, 'join', device);
    return head.tensor;
  };
  return { device, named, join };
}

function readLevels(given: unknown, layout: Layout) {
  const levels = copyList(given, MOST_LEVELS) ?? [];
  if (levels.length === 0) {
    const got = describe(given);
    throw new ShapeError(
      'LEVEL_COUNT',
      `${ACTION}: levels needs a list of tensors, 1 to ${MOST_LEVELS}, got ${got}`,
    );
  }
  const read = levels.map((level, l) => readLevel(`${ACTION}: levels[${l}]`, level, layout));
  const [{ batch, channels }] = read;
  const other = read.findIndex((level) => level.batch !== batch || level.channels !== channels);
  if (other < 0) return read;
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${ACTION}: levels[${other}] needs ${batch} images and ${channels} channels, as levels[0] has, got ` +
      `${read[other].batch} and ${read[other].channels}`,
  );
}

function readLevel(name: string, level: unknown, layout: Layout) {
  const read = readTensor(name, level, LEVEL_AXES[layout], 4, true);
  const view = fitted(name, read);
  const { shape } = read;
  const [batch, ...rest] = shape;
  const [channels, height, width] = layout === 'nchw' ? rest : [rest[2], rest[0], rest[1]];
  const grid: Grid = [height, width];
  return { view, shape, batch, channels, grid };
}

function checkOneKind(views: readonly unknown[]): void {
  const isArray = views.map((view) => view instanceof Float32Array);
  if (isArray.every((is) => is === isArray[0])) return;
  throw new ShapeError(
    'TENSOR_TYPE',
    `${ACTION}: levels needs arrays or GPUBuffers, got some of each`,
  );
}
