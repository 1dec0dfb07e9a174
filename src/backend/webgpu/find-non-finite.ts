import type { BufferRange, Dense, Level, Predictions } from '../backend.ts';
import { checkComplement } from './check-complement.ts';
import type { DeviceCall } from './device-call.ts';
import { type Group, imageGroups } from './groups.ts';
import { type Place, recordFinite } from './record.ts';

/** Images of a tensor that one pass searches. */
interface Searched {
  name: string;
  firstImage: number;
  place: Place;
}

/**
 * Looks for NaN and infinity in the tensors that are in buffers, where that is asked for.
 *
 * @param groups with the places of all levels
 * @returns what to do once the device was waited for: throws DetlossError NOT_FINITE where it found something
 */
export function recordSearch(
  call: DeviceCall,
  action: string,
  predictions: Predictions<Dense>,
  groups: readonly (Group & { places: readonly Place[] })[],
): () => void {
  if (!predictions.checkFinite) return () => {};
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
  if (searched.length === 0) return () => {};
  const found = call.memory.upload(new Uint32Array(searched.length));
  searched.forEach(({ place }, slot) => {
    recordFinite(call.recorder, place, found, slot);
  });
  let complements = new Uint32Array(0);
  call.read(found, (bytes) => {
    complements = new Uint32Array(bytes.slice(0, 4 * searched.length));
  });
  return () => checkFound(action, searched, complements);
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
    const logits = call.windowOn(data, firstImage * imageStride, images * imageStride);
    const own = { ...predictions, channels };
    return {
      name,
      firstImage,
      place: { predictions: own, level, index: 0, images, logits, angles: null },
    };
  });
}

function checkFound(action: string, searched: readonly Searched[], complements: Uint32Array): void {
  complements.forEach((complement, slot) => {
    const { name, firstImage, place } = searched[slot];
    const { level, predictions } = place;
    checkComplement(action, name, complement, {
      ...level,
      channels: predictions.channels,
      firstImage,
    });
  });
}
