import type { Tensor } from '../../src/types.ts';

// GPUBufferUsage, which is no global in every runtime.
const MAP_READ = 0x01;
export const COPY_SRC = 0x04;
export const COPY_DST = 0x08;
export const STORAGE = 0x80;

/** Copies a tensor into a buffer of its own, or into a larger one, `offset` bytes from its start. */
export function toGpu(
  device: GPUDevice,
  { data, shape }: Tensor,
  offset = 0,
  usage = STORAGE,
): Tensor<GPUBuffer> {
  const size = offset + data.byteLength + (offset > 0 ? 64 : 0);
  const buffer = device.createBuffer({ size, usage: usage | COPY_SRC | COPY_DST });
  device.queue.writeBuffer(buffer, offset, data as Float32Array<ArrayBuffer>);
  return offset > 0 ? { data: buffer, shape, offset } : { data: buffer, shape };
}

/** Reads the words of a buffer. */
export async function readWords(device: GPUDevice, buffer: GPUBuffer): Promise<Uint32Array> {
  const staging = device.createBuffer({ size: buffer.size, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(1);
  const words = new Uint32Array(staging.getMappedRange()).slice();
  staging.destroy();
  return words;
}

/** Reads the elements of a tensor in a buffer. */
export async function fromGpu(device: GPUDevice, tensor: Tensor<GPUBuffer>): Promise<Float32Array> {
  const words = await readWords(device, tensor.data);
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  return new Float32Array(words.buffer, tensor.offset ?? 0, count);
}
