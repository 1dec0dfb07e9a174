import type { Dense, Predictions } from '../inputs.ts';
import { DEVICE_GEOMETRIES } from './geometry.ts';
import { type Group, imageGroups } from './image-groups.ts';

/**
 * Cuts a batch so that no group's tensors are larger than a binding or a buffer may be.
 *
 * @throws {BackendError} GPU_MEMORY, one image is too large
 */
export function groupsOf(
  action: string,
  { batch, anchors, geometry, levels }: Predictions<Dense>,
  limits: GPUSupportedLimits,
): Group[] {
  // All anchors may be positives
  const perAnchor = anchors * DEVICE_GEOMETRIES[geometry.name].positive.bytes;
  const largest = Math.max(...levels.map((level) => level.imageStride * 4), perAnchor);
  return imageGroups(action, batch, largest, limits);
}
