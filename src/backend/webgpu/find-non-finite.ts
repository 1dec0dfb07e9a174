import type { BufferRange, Dense, Level, Predictions } from '../inputs.ts';
import { checkComplement } from './check-complement.ts';
import type { DeviceCall } from './device-call.ts';
import { type Group, imageGroups } from './image-groups.ts';
import { type Place, recordFinite } from './record.ts';

/** Images of a tensor that one pass searches. */
interface Searched {
  name: string;
  firstImage: number;
  place: Place;
}

/**
 * Looks for NaN and infinity in the tensors that are in buffers, if that is asked for.
 *
 * @param groups with the places of all levels
 * @returns a check for after the device was waited for: it throws DetlossError NOT_FINITE if something was found
 */
export function recordSearch(
  call: DeviceCall,
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
      : otherPlaces(call, predictions, { ...other, data: other.data }),
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
  return () => checkFound(call.action, searched, complements);
}

/** A tensor [B, channels, …] in a buffer. */
interface OtherTensor {
  name: string;
  data: BufferRange;
  shape: readonly number[];
}

/** Describes a tensor as if it were a level. */
function otherPlaces(
  call: DeviceCall,
  predictions: Predictions<Dense>,
  { name, data, shape: [batch, channels, ...rest] }: OtherTensor,
): Searched[] {
  const cells = rest.reduce((product, size) => product * size, 1);
  const imageStride = channels * cells;
  const shape = { data, cells, imageStride, channelStride: cells, cellStride: 1 };
  const level: Level<Dense> = { ...predictions.levels[0], ...shape };
  const { limits } = call.gpu.device;
  return imageGroups(call.action, batch, imageStride * 4, limits).map(({ firstImage, images }) => {
    const logits = call.windowOn(data, firstImage * imageStride, images * imageStride);
    const own = { ...predictions, channels };
    return {
      name,
      firstImage,
      place: { predictions: own, level, index: 0, images, logits, boxTensors: [] },
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
