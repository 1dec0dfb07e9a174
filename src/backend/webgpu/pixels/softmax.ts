import type { Dense } from '../../inputs.ts';
import {
  type ClassFactors,
  type ClassSums,
  classesOf,
  type PixelLogits,
  type SoftmaxStages,
} from '../../softmax.ts';
import { checkComplement } from '../check-complement.ts';
import type { DeviceCall } from '../device-call.ts';
import {
  classFactorStruct,
  PIXELS_A_THREAD,
  type PixelPasses,
  passes,
  softmaxStruct,
} from '../generated/pixels.ts';
import { IS_INFINITE, IS_NAN, partialStruct } from '../generated/shared.ts';
import { imageGroups } from '../image-groups.ts';
import { STORAGE } from '../memory.ts';
import type { Binding } from '../pass.ts';
import { type Planes, recordResize } from '../record-resize.ts';
import type { Window } from '../tensors.ts';
import { ELEMENTS, walkRuns } from '../walk-runs.ts';

type Call = DeviceCall<PixelPasses>;

/** Images of some logits whose tensors fit a binding, and what the device has of them. */
interface Group {
  given: PixelLogits<Dense>;
  firstImage: number;
  images: number;
  /** Number of pixels of the labels. */
  count: number;
  /** Logits of their own size. */
  own: Window;
  /** Logits of the labels' size; the same ones if the sizes are equal. */
  logits: Window;
  labels: Binding;
  /** Softmax of every pixel. */
  rows: Binding;
}

/** Softmax of the pixels of some logits, which are resized to the labels where their sizes differ. */
export function softmax(call: Call, all: readonly PixelLogits<Dense>[]): SoftmaxStages {
  call.checkBuffers(all.map(({ name, logits }) => ({ name, data: logits.data })));
  let groups: Group[][] = [];
  return {
    sums: () =>
      call.stage(async () => {
        const results = call.scoped(() => {
          groups = all.map((given) => groupsOf(call, given));
          return groups.map((own, i) => recordSums(call, all[i], own));
        });
        await call.wait();
        return results.map((result) => result());
      }),

    grads: (factors, grads) =>
      call.stage(async () => {
        call.scoped(() => {
          groups.forEach((own, i) => {
            recordGrad(call, own, factors[i], grads[i]);
          });
        });
        await call.wait();
      }),
  };
}

/** Number of elements of a shape. */
function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Planes of the channels of some images, from the size of the logits to that of the labels; null if these are equal. */
function resizingOf({ logits, labels }: PixelLogits<Dense>, images: number): Planes | null {
  const [, channels, height, width] = logits.shape;
  const [, newHeight, newWidth] = labels.shape;
  if (height === newHeight && width === newWidth) return null;
  return {
    count: images * channels,
    from: { height, width },
    to: { height: newHeight, width: newWidth },
  };
}

/** Takes memory of a group's logits, or of their gradient, in the labels' size. */
function takeResized({ memory }: Call, { given, count }: Pick<Group, 'given' | 'count'>): Window {
  const [, channels] = given.logits.shape;
  return { ...memory.take(count * channels * 4, STORAGE), base: 0 };
}

/** Brings what the sums need to the device, and records the resizing. */
function groupsOf(call: Call, given: PixelLogits<Dense>): Group[] {
  const { logits, labels } = given;
  const elements = sizeOf(logits.shape.slice(1));
  const [, channels] = logits.shape;
  const area = sizeOf(labels.shape.slice(1));
  const bytes = Math.max(4 * elements, area * Math.max(4 * channels, softmaxStruct.bytes));
  const { limits } = call.gpu.device;
  return imageGroups(call.action, logits.shape[0], bytes, limits).map(({ firstImage, images }) => {
    const count = images * area;
    const from = firstImage * area;
    const classes = labels.data.subarray(from, from + count) as Int32Array<ArrayBuffer>;
    const own = call.input(logits.data, firstImage * elements, images * elements);
    const planes = resizingOf(given, images);
    const resized = planes ? takeResized(call, { given, count }) : own;
    const label = labelOf(given, firstImage);
    if (planes) recordResize(call.recorder, 'resize', label, planes, own, resized);
    return {
      given,
      firstImage,
      images,
      count,
      own,
      logits: resized,
      labels: call.memory.upload(new Uint32Array(classes.buffer, classes.byteOffset, count)),
      rows: call.memory.take(count * softmaxStruct.bytes, STORAGE),
    };
  });
}

function labelOf({ name }: PixelLogits<Dense>, firstImage: number): string {
  return `${name} ${firstImage}`;
}

/** Uniforms that all passes of the softmax have. */
function pixelsOf({ given, images, count, logits }: Group, gradsBase = 0) {
  const [, channels] = given.logits.shape;
  const area = count / images;
  return { count, area, channels, classes: classesOf(given), logitsBase: logits.base, gradsBase };
}

/** Records the sums. Returns a function that gives them once the device was waited for. */
function recordSums(
  call: Call,
  given: PixelLogits<Dense>,
  groups: readonly Group[],
): () => ClassSums {
  const classes = classesOf(given);
  const empty = () => new Float64Array(classes);
  const sums = { excess: empty(), deficit: empty(), entropy: empty(), pixels: empty() };
  for (const label of given.labels.data) {
    if (label >= 0) sums.pixels[label]++;
  }
  const checks = groups.map((group) => recordSearch(call, group));
  for (const group of groups) {
    const { count, logits, labels, rows } = group;
    const pixels = pixelsOf(group);
    const label = labelOf(given, group.firstImage);
    call.recorder.dispatch('softmaxRows', label, count, { pixels }, { logits, labels, rows });
    const { workgroup } = passes.softmaxSums;
    const stretches = Math.ceil(count / (PIXELS_A_THREAD * workgroup));
    const partials = call.memory.takeReadable(classes * stretches * partialStruct.bytes);
    const threads = classes * stretches * workgroup;
    const bindings = { logits, labels, rows, partials };
    call.recorder.dispatch('softmaxSums', label, threads, { pixels, stretches }, bindings);
    call.read(partials, (bytes) => addPartials(sums, bytes, stretches));
  }
  return () => {
    for (const check of checks) check();
    return sums;
  };
}

/** Adds partial sums [classes, stretches] to the sums, in float64. */
function addPartials(
  { excess, deficit, entropy }: ClassSums,
  bytes: ArrayBuffer,
  stretches: number,
): void {
  const floats = new Float32Array(bytes);
  const flags = new Uint32Array(bytes);
  const words = partialStruct.bytes / 4;
  for (let c = 0; c < excess.length; c++) {
    for (let i = c * stretches * words; i < (c + 1) * stretches * words; i += words) {
      const own = flags[i + partialStruct.flags];
      const lost = own & IS_NAN ? Number.NaN : 0;
      excess[c] += floats[i] + lost;
      deficit[c] += floats[i + 1] + lost;
      entropy[c] += own & IS_INFINITE ? Infinity : floats[i + 2] + lost;
    }
  }
}

/** Records the search for NaN and infinity in a buffer, if it is asked for. Returns the check for after the wait. */
function recordSearch(call: Call, { given, firstImage, images, own }: Group): () => void {
  const { name, checkFinite, logits: tensor } = given;
  if (!checkFinite || tensor.data instanceof Float32Array) return () => {};
  const [, channels, ...size] = tensor.shape;
  const elements = images * sizeOf(tensor.shape.slice(1));
  const { base, ...window } = own;
  const walk = { ...walkRuns(1, elements, elements, ELEMENTS.finite), base };
  const found = call.memory.upload(new Uint32Array(1));
  const bindings = { logits: window, found };
  call.recorder.dispatch('finite', name, walk.threads, { walk, slot: 0 }, bindings);
  let complement = 0;
  call.read(found, (bytes) => {
    [complement] = new Uint32Array(bytes);
  });
  const channelStride = sizeOf(size);
  const imageStride = channels * channelStride;
  return () =>
    checkComplement(call.action, name, complement, {
      imageStride,
      channelStride,
      channels,
      firstImage,
    });
}

function recordGrad(
  call: Call,
  groups: readonly Group[],
  { entropy, own, other }: ClassFactors,
  grad: Dense,
): void {
  const all = Array.from(entropy, (e, c) => ({ entropy: e, own: own[c], other: other[c] }));
  const isLost = all.some((factors) => Object.values(factors).some(Number.isNaN)) ? 1 : 0;
  const factors = call.memory.upload(classFactorStruct.arrayOf(all));
  for (const group of groups) {
    const { given, firstImage, images, count, logits, labels, rows } = group;
    const elements = sizeOf(given.logits.shape.slice(1));
    const own = call.output(grad, firstImage * elements, images * elements);
    const planes = resizingOf(given, images);
    const grads = planes ? takeResized(call, group) : own;
    const uniforms = { pixels: pixelsOf(group, grads.base), isLost };
    const bindings = { logits, labels, rows, factors, grads };
    const label = labelOf(given, firstImage);
    call.recorder.dispatch('softmaxGrad', label, count, uniforms, bindings);
    if (planes) recordResize(call.recorder, 'resizeGrad', label, planes, own, grads);
  }
}
