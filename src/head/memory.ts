import type { Dense } from '../backend/backend.ts';
import { describe } from '../describe.ts';
import { BackendError, ConfigError } from '../errors.ts';
import { hostFloats } from '../host-memory.ts';
import { loadPart } from '../load-part.ts';
import { checkApart } from '../validate/apart.ts';
import { type Destination, overlaps, readOut } from '../validate/out.ts';

/** GPUBufferUsage; the name is no global in every runtime. */
const STORAGE = 0x80;
const COPY_SRC = 0x04;
const COPY_DST = 0x08;

/**
 * Where copies go, of each of the shapes: what the caller gave, or memory of their own, of usage STORAGE, COPY_SRC and
 * COPY_DST.
 *
 * @param given by name, in the order of the shapes; none: memory is made
 */
export function allocateMissing(
  action: string,
  given: readonly Destination[] | undefined,
  shapes: readonly number[][],
  device: GPUDevice | undefined,
): Destination[] {
  return shapes.map((shape, i) => given?.[i] ?? allocate(action, shape, device));
}

function allocate(action: string, shape: number[], device: GPUDevice | undefined): Destination {
  const length = shape.reduce((product, size) => product * size, 1);
  if (!device) {
    const data = hostFloats(action, 'the copy', length);
    return { tensor: { data, shape }, view: data };
  }
  const size = 4 * length;
  const buffer = device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  return { tensor: { data: buffer, shape }, view: { buffer, offset: 0, size } };
}

/**
 * What the caller gave to be overwritten: of these shapes, where the inputs are, in memory of its own.
 *
 * @param names of the tensors, and of what they are the copies of
 * @throws {ShapeError} another shape or kind, memory that is shared
 * @throws {BackendError} GPU_BUFFER: a buffer that cannot be copied to
 */
export function readOuts(
  action: string,
  given: readonly unknown[],
  names: readonly { out: string; source: string }[],
  shapes: readonly number[][],
  inputs: Readonly<Record<string, Dense>>,
): Destination[] {
  const [data] = Object.values(inputs);
  const outs = shapes.map((shape, i) => {
    const { out, source } = names[i];
    return readOut(`${action}: ${out}`, given[i], source, { data, shape }, true);
  });
  outs.forEach(({ view }, i) => {
    checkUsage(action, view, COPY_DST, 'COPY_DST');
    checkApart(action, view, inputs, names[i].out);
    const other = outs.findIndex((one, k) => k < i && overlaps(view, one.view, false));
    if (other >= 0)
      checkApart(action, view, { [names[other].out]: outs[other].view }, names[i].out);
  });
  return outs;
}

/**
 * The device that the tensors are on; none where they are arrays.
 *
 * @param device the option
 * @throws {ConfigError} INVALID_OPTION: they are in buffers, and no device is given
 * @throws {BackendError} GPU_BUFFER: a buffer that cannot be copied from
 */
export function deviceOf(
  action: string,
  tensors: readonly Dense[],
  device: unknown,
): GPUDevice | undefined {
  let isOnHost = true;
  for (const data of tensors) {
    if (data instanceof Float32Array) continue;
    isOnHost = false;
    checkUsage(action, data, COPY_SRC, 'COPY_SRC');
  }
  if (isOnHost) return undefined;
  const { createCommandEncoder } = (device ?? {}) as Partial<GPUDevice>;
  if (typeof createCommandEncoder === 'function') return device as GPUDevice;
  throw new ConfigError(
    'INVALID_OPTION',
    `${action}: device needs the GPUDevice of the buffers, got ${describe(device)}`,
  );
}

function checkUsage(action: string, data: Dense, flag: number, name: string): void {
  if (data instanceof Float32Array || (data.buffer.usage & flag) !== 0) return;
  throw new BackendError(
    'GPU_BUFFER',
    `${action}: needs GPUBuffers of usage ${name}, got usage ${data.buffer.usage}`,
  );
}

/**
 * What the work gives; on a device a promise of it, rejected where the device does not take the work or its buffers.
 *
 * @param tensors by name; with a device they are in buffers
 * @throws {BackendError} GPU_BUFFER, GPU_MEMORY, GPU_LOST, MODULE_LOAD
 */
export function whereGiven<T>(
  action: string,
  device: GPUDevice | undefined,
  tensors: Readonly<Record<string, Dense>>,
  work: () => T,
): T | Promise<T> {
  if (!device) return work();
  const part = loadPart(action, 'what copies on a GPU', () => import('./on-device.ts'));
  return part.then(({ onDevice }) => onDevice(action, device, tensors, work));
}
