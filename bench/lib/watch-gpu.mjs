/**
 * @typedef {object} PassRecord one compute pass that a call encoded
 * @property {string} label
 * @property {number} workgroups
 * @property {number} [ms] time by the GPU's own clock, if the device has timestamp queries
 *
 * @typedef {object} Traffic
 * @property {PassRecord[]} passes
 * @property {number} submits
 * @property {number} waits number of times that the host waited for a map
 * @property {number} bytesUp
 * @property {number} bytesDown
 */

const QUERY_RESOLVE = 0x0200;
const COPY_SRC = 0x0004;
const COPY_DST = 0x0008;
const MAP_READ = 0x0001;
/** Largest number of passes in a call. */
const MOST_PASSES = 256;

/**
 * Replaces methods of a device so that they record every use.
 *
 * @param {GPUDevice} device
 * @returns {() => Promise<Traffic>} returns the traffic since it was last called
 */
export function watchGpu(device) {
  const clock = device.features.has('timestamp-query') ? new Clock(device) : null;
  /** @type {Traffic} */
  let traffic = fresh();
  const { queue } = device;
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    const mapAsync = buffer.mapAsync.bind(buffer);
    buffer.mapAsync = (mode, offset, size) => {
      traffic.waits++;
      traffic.bytesDown += size ?? buffer.size;
      return mapAsync(mode, offset, size);
    };
    return buffer;
  };
  const writeBuffer = queue.writeBuffer.bind(queue);
  queue.writeBuffer = (buffer, offset, /** @type {any} */ data, ...rest) => {
    traffic.bytesUp += data.byteLength;
    return writeBuffer(buffer, offset, data, ...rest);
  };
  const createCommandEncoder = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = createCommandEncoder(descriptor);
    const begin = encoder.beginComputePass.bind(encoder);
    const finish = encoder.finish.bind(encoder);
    encoder.beginComputePass = (given) => {
      /** @type {PassRecord} */
      const record = { label: given?.label ?? '', workgroups: 0 };
      const timestampWrites = clock?.writesOf(traffic.passes.length);
      traffic.passes.push(record);
      const pass = begin(timestampWrites ? { ...given, timestampWrites } : given);
      const dispatch = pass.dispatchWorkgroups.bind(pass);
      pass.dispatchWorkgroups = (x, y = 1, z = 1) => {
        record.workgroups += x * y * z;
        return dispatch(x, y, z);
      };
      return pass;
    };
    encoder.finish = (...given) => {
      traffic.submits++;
      return finish(...given);
    };
    return encoder;
  };
  return async () => {
    const done = traffic;
    if (clock) await clock.read(done.passes, createBuffer, createCommandEncoder);
    traffic = fresh();
    return done;
  };
}

/** @returns {Traffic} */
function fresh() {
  return { passes: [], submits: 0, waits: 0, bytesUp: 0, bytesDown: 0 };
}

/** Timestamps of the begin and the end of every pass, by the GPU's clock. */
class Clock {
  /** @param {GPUDevice} device */
  constructor(device) {
    this.device = device;
    this.set = device.createQuerySet({ type: 'timestamp', count: 2 * MOST_PASSES });
  }

  /** @param {number} pass */
  writesOf(pass) {
    if (pass >= MOST_PASSES) return undefined;
    return {
      querySet: this.set,
      beginningOfPassWriteIndex: 2 * pass,
      endOfPassWriteIndex: 2 * pass + 1,
    };
  }

  /**
   * @param {PassRecord[]} passes
   * @param {GPUDevice['createBuffer']} createBuffer
   * @param {GPUDevice['createCommandEncoder']} createCommandEncoder
   */
  async read(passes, createBuffer, createCommandEncoder) {
    const count = Math.min(passes.length, MOST_PASSES);
    if (count === 0) return;
    const size = 16 * count;
    const resolved = createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
    const staging = createBuffer({ size, usage: MAP_READ | COPY_DST });
    const encoder = createCommandEncoder();
    encoder.resolveQuerySet(this.set, 0, 2 * count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    this.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const times = new BigUint64Array(staging.getMappedRange());
    for (let i = 0; i < count; i++) passes[i].ms = Number(times[2 * i + 1] - times[2 * i]) / 1e6;
    staging.destroy();
    resolved.destroy();
  }
}
