import type { Dense } from '../backend/inputs.ts';
import { DetlossError } from '../errors.ts';

/**
 * Checks that every value of predictions [B, channels, …], in any layout, is finite. Buffers are checked on their device.
 *
 * @param strides elements from one image to the next, and from one channel to the next
 * @throws {DetlossError} NOT_FINITE, with the position of the first such value
 */
export function checkFinite(
  name: string,
  data: Dense,
  channels: number,
  { imageStride, channelStride }: { imageStride: number; channelStride: number },
): void {
  if (!(data instanceof Float32Array)) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const image = Math.floor(at / imageStride);
  const channel = Math.floor(at / channelStride) % channels;
  throw new DetlossError(
    'NOT_FINITE',
    `${name} holds ${data[at]} in image ${image}, channel ${channel}`,
  );
}
