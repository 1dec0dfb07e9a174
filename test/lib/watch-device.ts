const MAP_READ = 0x01;

/** Record of a device's calls. */
export interface Watched {
  /** Labels of compute passes, and 'submit', 'poke' (a submit of nothing) and 'map', in order. */
  events: string[];
  /** Bytes mapped for reading. */
  bytesDown: number;
  /** Number of buffers that were created and not destroyed. */
  aliveBuffers(): number;
  aliveBytes(): number;
}

/** Watches a device by replacing its methods. */
export function watch(device: GPUDevice): Watched {
  const alive = new Map<GPUBuffer, number>();
  const seen: Watched = {
    events: [],
    bytesDown: 0,
    aliveBuffers: () => alive.size,
    aliveBytes: () => [...alive.values()].reduce((sum, size) => sum + size, 0),
  };
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    alive.set(buffer, buffer.size);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      alive.delete(buffer);
      return destroy();
    };
    const mapAsync = buffer.mapAsync.bind(buffer);
    buffer.mapAsync = (mode, offset, size) => {
      seen.events.push('map');
      if (mode === MAP_READ) seen.bytesDown += size ?? buffer.size;
      return mapAsync(mode, offset, size);
    };
    return buffer;
  };
  const createCommandEncoder = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = createCommandEncoder(descriptor);
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (pass) => {
      seen.events.push(pass?.label ?? '');
      return begin(pass);
    };
    return encoder;
  };
  const { queue } = device;
  const submit = queue.submit.bind(queue);
  queue.submit = (commands) => {
    seen.events.push([...commands].length > 0 ? 'submit' : 'poke');
    return submit(commands);
  };
  return seen;
}
