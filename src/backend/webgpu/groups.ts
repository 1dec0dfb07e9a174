import { BackendError } from '../../errors.ts';
import type { Dense, Predictions } from '../backend.ts';

/** Neighbouring images that are worked on together, because all they need fits the device's bindings. */
export interface Group {
  firstImage: number;
  images: number;
}

/** The most that is kept of an anchor: a positive, see gpu/regress.wgsl. */
const ANCHOR_BYTES = 36;

/**
 * Cuts a batch so that no group's tensors are larger than a binding or a buffer may be.
 *
 * @throws {BackendError} GPU_MEMORY, one image is too large
 */
export function groupsOf(
  action: string,
  { batch, anchors, levels }: Predictions<Dense>,
  limits: GPUSupportedLimits,
): Group[] {
  const largest = Math.max(...levels.map((level) => level.imageStride * 4), anchors * ANCHOR_BYTES);
  return imageGroups(action, batch, largest, limits);
}

/**
 * The same of a tensor.
 *
 * @param largest bytes of one image
 */
export function imageGroups(
  action: string,
  batch: number,
  largest: number,
  {
    maxStorageBufferBindingSize,
    maxBufferSize,
    minStorageBufferOffsetAlignment,
  }: GPUSupportedLimits,
): Group[] {
  // A binding begins at a multiple of the alignment, so perhaps in front of its tensor.
  const most =
    Math.min(maxStorageBufferBindingSize, maxBufferSize) - minStorageBufferOffsetAlignment;
  const perGroup = Math.floor(most / largest);
  if (perGroup === 0) {
    const mebibytes = (bytes: number) => Math.ceil(bytes / 2 ** 20);
    throw new BackendError(
      'GPU_MEMORY',
      `${action}: one image needs ${mebibytes(largest)} MiB in one binding, the device has ${mebibytes(most)}`,
    );
  }
  // Groups of about one size: their buffers can be used again.
  const count = Math.ceil(batch / perGroup);
  const images = Math.ceil(batch / count);
  const groups: Group[] = [];
  for (let firstImage = 0; firstImage < batch; firstImage += images) {
    groups.push({ firstImage, images: Math.min(images, batch - firstImage) });
  }
  return groups;
}
