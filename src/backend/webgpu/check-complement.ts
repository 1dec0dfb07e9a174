import { DetlossError } from '../../errors.ts';

/** Layout of a tensor's images and channels, in elements. */
interface Strides {
  imageStride: number;
  channelStride: number;
  channels: number;
  /** Image of the first element. */
  firstImage: number;
}

/**
 * Throws if the pass `finite` found something.
 *
 * @param complement result of the pass: 0, or the complement of the index of the first element that is not finite
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
