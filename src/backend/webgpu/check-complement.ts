import { DetlossError } from '../../errors.ts';

/** Where the images and channels of a tensor are, in elements. */
interface Strides {
  imageStride: number;
  channelStride: number;
  channels: number;
  /** Image of the first element. */
  firstImage: number;
}

/**
 * Fails where gpu/finite.wgsl found something.
 *
 * @param complement what it wrote: 0, or the complement of the first element that is not finite
 * @throws {DetlossError} NOT_FINITE
 */
export function checkComplement(
  action: string,
  name: string,
  complement: number,
  { imageStride, channelStride, channels, firstImage }: Strides,
): void {
  if (complement === 0) return;
  const at = ~complement >>> 0;
  const image = firstImage + Math.floor(at / imageStride);
  const channel = Math.floor(at / channelStride) % channels;
  throw new DetlossError(
    'NOT_FINITE',
    `${action}: ${name} holds NaN or infinity in image ${image}, channel ${channel}`,
  );
}
