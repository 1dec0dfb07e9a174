/**
 * Counts what WebGPU devices of this page exchange with the host from now on: writes to buffers, and maps to
 * be read, and their bytes.
 */
export function watchTraffic() {
  const seen = { writes: 0, bytesUp: 0, reads: 0, bytesDown: 0 };
  const { writeBuffer } = GPUQueue.prototype;
  GPUQueue.prototype.writeBuffer = function (
    /** @type {Parameters<typeof writeBuffer>} */ ...[buffer, offset, data, ...part]
  ) {
    seen.writes++;
    seen.bytesUp += data.byteLength;
    return writeBuffer.call(this, buffer, offset, data, ...part);
  };
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (/** @type {GPUBufferDescriptor} */ descriptor) {
    if (descriptor.mappedAtCreation) {
      seen.writes++;
      seen.bytesUp += descriptor.size;
    }
    return createBuffer.call(this, descriptor);
  };
  const { mapAsync } = GPUBuffer.prototype;
  GPUBuffer.prototype.mapAsync = function (
    /** @type {Parameters<typeof mapAsync>} */ ...[mode, offset, size]
  ) {
    if (mode === GPUMapMode.READ) {
      seen.reads++;
      seen.bytesDown += size ?? this.size;
    }
    return mapAsync.call(this, mode, offset, size);
  };
  const unwatch = () => {
    GPUQueue.prototype.writeBuffer = writeBuffer;
    GPUDevice.prototype.createBuffer = createBuffer;
    GPUBuffer.prototype.mapAsync = mapAsync;
    return seen;
  };
  return unwatch;
}
