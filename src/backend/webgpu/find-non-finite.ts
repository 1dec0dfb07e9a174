import { DetlossError } from '../../errors.ts';
import type { BufferRange, Dense, Level, Predictions } from '../backend.ts';
import type { DeviceCall } from './device-call.ts';
import { type Group, imageGroups } from './groups.ts';
import type { Readback } from './memory.ts';
import { type Place, recordFinite } from './record.ts';
import type { Recorder } from './recorder.ts';

/** Images of a tensor that one pass searches. */
interface Searched {
  name: string;
  firstImage: number;
  place: Place;
}

export interface Search {
  found: Readback;
  /** In the order of `found`. */
  searched: readonly Searched[];
}

/**
 * Looks for NaN and infinity in the tensors that are in buffers, where that is asked for.
 *
 * @param groups with the places of all levels
 */
export function recordSearch(
  recorder: Recorder,
  call: DeviceCall,
  action: string,
  predictions: Predictions<Dense>,
  groups: readonly (Group & { places: readonly Place[] })[],
): Search | undefined {
  if (!predictions.checkFinite) return undefined;
  const { name, others } = predictions;
  const ofLevels = groups.flatMap(({ firstImage, places }) =>
    places.map((place) => ({ name: `${name}[${place.index}]`, firstImage, place })),
  );
  const ofOthers = others.flatMap((other) =>
    other.data instanceof Float32Array
      ? []
      : otherPlaces(call, action, predictions, other.name, other.data, other.shape),
  );
  const isInBuffer = ({ place }: Searched) => !(place.level.data instanceof Float32Array);
  const searched = [...ofLevels, ...ofOthers].filter(isInBuffer);
  if (searched.length === 0) return undefined;
  const found = call.memory.upload(new Uint32Array(searched.length));
  searched.forEach(({ place }, slot) => {
    recordFinite(recorder, place, found, slot);
  });
  return { found: call.memory.read(recorder, found), searched };
}

/** A tensor [B, channels, …] as if it were a level. */
function otherPlaces(
  call: DeviceCall,
  action: string,
  predictions: Predictions<Dense>,
  name: string,
  data: BufferRange,
  [batch, channels, ...rest]: readonly number[],
): Searched[] {
  const cells = rest.reduce((product, size) => product * size, 1);
  const imageStride = channels * cells;
  const shape = { data, cells, imageStride, channelStride: cells, cellStride: 1 };
  const level: Level<Dense> = { ...predictions.levels[0], ...shape };
  const { limits } = call.gpu.device;
  return imageGroups(action, batch, imageStride * 4, limits).map(({ firstImage, images }) => {
    const logits = call.windowOn(data, firstImage * imageStride * 4, images * imageStride * 4);
    const own = { ...predictions, channels };
    return { name, firstImage, place: { predictions: own, level, index: 0, images, logits } };
  });
}

/** @throws {DetlossError} NOT_FINITE, the search found something */
export function checkFound(action: string, { found, searched }: Search): void {
  const complements = new Uint32Array(found.range()).slice(0, searched.length);
  found.done();
  complements.forEach((complement, slot) => {
    if (complement === 0) return;
    const { name, firstImage, place } = searched[slot];
    const { imageStride, channelStride } = place.level;
    const at = ~complement >>> 0;
    const image = firstImage + Math.floor(at / imageStride);
    const channel = Math.floor(at / channelStride) % place.predictions.channels;
    throw new DetlossError(
      'NOT_FINITE',
      `${action}: ${name} holds NaN or infinity in image ${image}, channel ${channel}`,
    );
  });
}
