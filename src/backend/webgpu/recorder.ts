import type { Lanes, Pipeline, Pipelines } from './compile.ts';
import type { CriteriaPasses } from './generated/criteria.ts';
import { WORKGROUPS_A_ROW } from './generated/shared.ts';
import type { Binding, PassTypes } from './pass.ts';
import type { BufferPool } from './pool.ts';
import { Words } from './struct.ts';

interface Dispatch {
  pipeline: Pipeline;
  label: string;
  uniforms: object;
  bindings: Record<string, Binding>;
  workgroups: number;
}

const UNIFORM = 0x40;
const COPY_DST = 0x08;

/** Gathers dispatches and copies, then submits them together. */
export class Recorder<Types extends PassTypes<keyof Types> = CriteriaPasses> {
  readonly #pipelines: Pipelines<keyof Types>;
  readonly #dispatches: Dispatch[] = [];
  readonly #copies: { source: GPUBuffer; target: GPUBuffer; bytes: number }[] = [];

  /** @param pipelines of the passes to dispatch, if there are any */
  constructor(pipelines: Pipelines<keyof Types> = {}) {
    this.#pipelines = pipelines;
  }

  /**
   * Records a dispatch of a pass.
   *
   * @param label tells dispatches of one pass apart in messages and measurements
   * @param threads if there are none, nothing is recorded
   */
  dispatch<Name extends keyof Types>(
    pass: Name,
    label: string,
    threads: number,
    uniforms: Types[Name]['uniforms'],
    bindings: Types[Name]['bindings'],
    lanes: Lanes = 1,
  ): void {
    if (threads === 0) return;
    const pipeline = this.#pipelines[pass]?.[lanes] as Pipeline;
    this.#dispatches.push({
      pipeline,
      label: `${pipeline.pass} ${label}`,
      uniforms,
      bindings: bindings as Record<string, Binding>,
      workgroups: Math.ceil(threads / pipeline.workgroup),
    });
  }

  get isEmpty(): boolean {
    return this.#dispatches.length + this.#copies.length === 0;
  }

  /** Records a copy, which is done after all dispatches. */
  copy(source: GPUBuffer, target: GPUBuffer, bytes: number): void {
    this.#copies.push({ source, target, bytes });
  }

  /** @returns the buffer it took */
  submit(device: GPUDevice, pool: BufferPool): GPUBuffer {
    const alignment = device.limits.minUniformBufferOffsetAlignment;
    const largest = Math.max(1, ...this.#dispatches.map(({ pipeline }) => pipeline.uniforms.bytes));
    const pitch = Math.ceil(largest / alignment) * alignment;
    const words = new Words((Math.max(1, this.#dispatches.length) * pitch) / 4);
    this.#dispatches.forEach(({ pipeline, uniforms }, i) => {
      pipeline.uniforms.write(words, (i * pitch) / 4, uniforms);
    });
    const uniforms = pool.take(words.u32.byteLength, UNIFORM | COPY_DST);
    device.queue.writeBuffer(uniforms, 0, words.u32);
    const encoder = device.createCommandEncoder();
    this.#dispatches.forEach((dispatch, i) => {
      const window = { buffer: uniforms, offset: i * pitch, size: pitch };
      this.#encode(device, encoder, dispatch, window);
    });
    for (const { source, target, bytes } of this.#copies) {
      encoder.copyBufferToBuffer(source, 0, target, 0, bytes);
    }
    device.queue.submit([encoder.finish()]);
    return uniforms;
  }

  #encode(
    device: GPUDevice,
    encoder: GPUCommandEncoder,
    { pipeline: { pipeline, layout, bindings }, label, bindings: own, workgroups }: Dispatch,
    uniforms: Binding,
  ): void {
    const named = bindings.map((name) => own[name]);
    const entries = [uniforms, ...named].map((resource, binding) => ({ binding, resource }));
    const bindGroup = device.createBindGroup({ label, layout, entries });
    const encoded = encoder.beginComputePass({ label });
    encoded.setPipeline(pipeline);
    encoded.setBindGroup(0, bindGroup);
    const rows = Math.ceil(workgroups / WORKGROUPS_A_ROW);
    encoded.dispatchWorkgroups(Math.min(workgroups, WORKGROUPS_A_ROW), rows);
    encoded.end();
  }
}
