import { DetlossError, ShapeError } from '../errors.ts';
import { type DenseTensor, fitted, readTensor } from './tensor.ts';

/** What the axes of a tensor are called, and the sizes they need; null: any. */
export type Axes = readonly (readonly [name: string, size: number | null])[];

/**
 * A dense input beside the levels of a head: [B, channels, …].
 *
 * @param name behind the action
 * @throws {ShapeError} and with `checkFinite`, of arrays, DetlossError NOT_FINITE
 */
export function readSized(
  name: string,
  tensor: unknown,
  axes: Axes,
  mustBeFinite: boolean,
  takesBuffers: boolean,
): DenseTensor {
  const names = `[${axes.map(([axis]) => axis).join(', ')}]`;
  const tensorRead = readTensor(name, tensor, names, axes.length, takesBuffers);
  const { shape } = tensorRead;
  if (axes.some(([, size], i) => size !== null && size !== shape[i])) {
    const needed = axes.map(([axis, size]) => size ?? axis).join(', ');
    throw new ShapeError(
      'TENSOR_SHAPE',
      `${name} needs the shape [${needed}], ${names} of the other predictions, got [${shape}]`,
    );
  }
  const read = { data: fitted(name, tensorRead), shape };
  if (mustBeFinite) checkFinite(name, read);
  return read;
}

function checkFinite(name: string, { data, shape: [batch, channels] }: DenseTensor): void {
  if (!(data instanceof Float32Array)) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const perChannel = data.length / (batch * channels);
  const image = Math.floor(at / (channels * perChannel));
  const channel = Math.floor(at / perChannel) % channels;
  throw new DetlossError(
    'NOT_FINITE',
    `${name} holds ${data[at]} in image ${image}, channel ${channel}`,
  );
}
