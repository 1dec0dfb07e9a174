import type { Lanes, Pipeline } from './compile.ts';
import type { Pass, Pipelines } from './pipelines.ts';
import type { BufferPool } from './pool.ts';

/** Stretch of a buffer that a pass is handed, as bytes. */
export interface Binding {
  buffer: GPUBuffer;
  offset: number;
  size: number;
}

interface Dispatch {
  pipeline: Pipeline;
  label: string;
  /** u32, or bits of f32. */
  uniforms: readonly number[];
  bindings: readonly Binding[];
  workgroups: number;
}

/** Workgroups a row of a dispatch: gpu/lib/dispatch.wgsl has the same number. */
const ROW = 65535;
const UNIFORM = 0x40;
const COPY_DST = 0x08;

const word = new DataView(new ArrayBuffer(4));

/** Bits of a value as float32. */
export function bitsOf(value: number): number {
  word.setFloat32(0, value);
  return word.getUint32(0);
}

/** Bits of what float32 loses of a value. */
export function lowBitsOf(value: number): number {
  return bitsOf(value - Math.fround(value));
}

const NONE = {} as Pipelines;

/** Gathers dispatches and copies, then submits them as one. */
export class Recorder {
  readonly #pipelines: Pipelines;
  readonly #dispatches: Dispatch[] = [];
  readonly #copies: { source: GPUBuffer; target: GPUBuffer; bytes: number }[] = [];

  /** @param pipelines of a criterion's passes, if there are any to `dispatch` */
  constructor(pipelines: Pipelines = NONE) {
    this.#pipelines = pipelines;
  }

  /** @param threads none: nothing is recorded */
  dispatch(
    pass: Pass,
    label: string,
    threads: number,
    uniforms: readonly number[],
    bindings: readonly Binding[],
    lanes: Lanes = 1,
  ): void {
    this.run(this.#pipelines[pass][lanes] as Pipeline, label, threads, uniforms, bindings);
  }

  /** The same of a pass that is no criterion's. */
  run(
    pipeline: Pipeline,
    label: string,
    threads: number,
    uniforms: readonly number[],
    bindings: readonly Binding[],
  ): void {
    if (threads === 0) return;
    const workgroups = Math.ceil(threads / pipeline.workgroup);
    const name = `${pipeline.pass} ${label}`;
    this.#dispatches.push({ pipeline, label: name, uniforms, bindings, workgroups });
  }

  get isEmpty(): boolean {
    return this.#dispatches.length + this.#copies.length === 0;
  }

  /** After all dispatches. */
  copy(source: GPUBuffer, target: GPUBuffer, bytes: number): void {
    this.#copies.push({ source, target, bytes });
  }

  /** @returns the buffer it took */
  submit(device: GPUDevice, pool: BufferPool): GPUBuffer {
    const pitch = device.limits.minUniformBufferOffsetAlignment;
    const bytes = Math.max(1, this.#dispatches.length) * pitch;
    const words = new Uint32Array(bytes / 4);
    this.#dispatches.forEach(({ uniforms }, i) => {
      words.set(uniforms, (i * pitch) / 4);
    });
    const uniforms = pool.take(bytes, UNIFORM | COPY_DST);
    device.queue.writeBuffer(uniforms, 0, words);
    const encoder = device.createCommandEncoder();
    this.#dispatches.forEach((dispatch, i) => {
      const window = { buffer: uniforms, offset: i * pitch, size: pitch };
      this.#encode(device, encoder, dispatch, window);
    });
    for (const { source, target, bytes: size } of this.#copies) {
      encoder.copyBufferToBuffer(source, 0, target, 0, size);
    }
    device.queue.submit([encoder.finish()]);
    return uniforms;
  }

  #encode(
    device: GPUDevice,
    encoder: GPUCommandEncoder,
    { pipeline: { pipeline, layout }, label, bindings, workgroups }: Dispatch,
    uniforms: Binding,
  ): void {
    const entries = [uniforms, ...bindings].map((resource, binding) => ({ binding, resource }));
    const bindGroup = device.createBindGroup({ label, layout, entries });
    const encoded = encoder.beginComputePass({ label });
    encoded.setPipeline(pipeline);
    encoded.setBindGroup(0, bindGroup);
    encoded.dispatchWorkgroups(Math.min(workgroups, ROW), Math.ceil(workgroups / ROW));
    encoded.end();
  }
}
