import { ShapeError } from '../../../errors.ts';
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
import type { Window } from '../tensors.ts';
import { ELEMENTS, walkRuns } from '../walk-runs.ts';

type Call = DeviceCall<PixelPasses>;

/** Images of some logits whose tensors fit a binding, and what the device has of them. */
interface Group {
  given: PixelLogits<Dense>;
  firstImage: number;
  images: number;
  /** Number of pixels. */
  count: number;
  logits: Window;
  labels: Binding;
  /** Softmax of every pixel. */
  rows: Binding;
}

/** Softmax of the pixels of some logits of the labels' size. Throws ShapeError TENSOR_SHAPE. */
export function softmax(call: Call, all: readonly PixelLogits<Dense>[]): SoftmaxStages {
  for (const given of all) checkSize(call.action, given);
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

function checkSize(action: string, { name, logits, labels }: PixelLogits<Dense>): void {
  const [own, needed] = [logits.shape.slice(2), labels.shape.slice(1)];
  if (own.every((size, axis) => size === needed[axis])) return;
  throw new ShapeError(
    'TENSOR_SHAPE',
    `${action}: ${name} needs the size [${needed}] of the labels on WebGPU, got [${own}]: to resize it needs backend: 'wasm'`,
  );
}

/** Number of elements of a shape. */
function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function groupsOf(call: Call, given: PixelLogits<Dense>): Group[] {
  const { logits, labels } = given;
  const [images, channels, ...size] = logits.shape;
  const area = sizeOf(size);
  const bytes = area * Math.max(4 * channels, softmaxStruct.bytes);
  const { limits } = call.gpu.device;
  return imageGroups(call.action, images, bytes, limits).map(({ firstImage, images }) => {
    const count = images * area;
    const from = firstImage * area;
    const own = labels.data.subarray(from, from + count) as Int32Array<ArrayBuffer>;
    return {
      given,
      firstImage,
      images,
      count,
      logits: call.input(logits.data, from * channels, count * channels),
      labels: call.memory.upload(new Uint32Array(own.buffer, own.byteOffset, count)),
      rows: call.memory.take(count * softmaxStruct.bytes, STORAGE),
    };
  });
}

/** Uniforms that all passes have. */
function pixelsOf({ given, count, logits }: Group, gradsBase = 0) {
  const [, channels, ...size] = given.logits.shape;
  const classes = classesOf(given);
  return { count, area: sizeOf(size), channels, classes, logitsBase: logits.base, gradsBase };
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
    const label = `${given.name} ${group.firstImage}`;
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
function recordSearch(call: Call, { given, firstImage, count, logits }: Group): () => void {
  const { name, checkFinite, logits: tensor } = given;
  if (!checkFinite || tensor.data instanceof Float32Array) return () => {};
  const [, channels, ...size] = tensor.shape;
  const elements = count * channels;
  const { base, ...window } = logits;
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
    const { given, firstImage, count, logits, labels, rows } = group;
    const elements = sizeOf(given.logits.shape.slice(1));
    const grads = call.output(grad, firstImage * elements, group.images * elements);
    const uniforms = { pixels: pixelsOf(group, grads.base), isLost };
    const bindings = { logits, labels, rows, factors, grads };
    call.recorder.dispatch('softmaxGrad', `${given.name} ${firstImage}`, count, uniforms, bindings);
  }
}
