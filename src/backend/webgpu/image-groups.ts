import { BackendError } from '../../errors.ts';

/** Neighbouring images that are processed together, because their tensors fit the device's bindings. */
export interface Group {
  firstImage: number;
  images: number;
}

/**
 * Cuts a batch so that no group's part of one tensor is larger than a binding or a buffer may be.
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
  // A binding begins at a multiple of the alignment, which may lie before its tensor
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
  // Groups are of about one size, so that they can share buffers
  const count = Math.ceil(batch / perGroup);
  const images = Math.ceil(batch / count);
  const groups: Group[] = [];
  for (let firstImage = 0; firstImage < batch; firstImage += images) {
    groups.push({ firstImage, images: Math.min(images, batch - firstImage) });
  }
  return groups;
}
