import type { Assignment } from '../../types.ts';
import type { BufferRange, Dense, Predictions } from '../backend.ts';
import type { DeviceCall } from './device-call.ts';
import { imageGroups } from './groups.ts';
import type { Pass } from './pipelines.ts';
import type { Binding, Recorder } from './recorder.ts';
import type { Window } from './tensors.ts';

/** Elements that a thread of `zeros` writes. */
const ZEROS_A_THREAD = 16;

/** Columns of one tensor: `stride` apart in its window, alone [channels, pitch]. */
export interface ColumnRange {
  channels: number;
  stride: number;
  pitch: number;
  /** In the list of columns. */
  first: number;
  count: number;
}

/** @param columns u32 [n, 2], where a column begins in the tensor, and its place among `values` */
export function recordColumns(
  recorder: Recorder,
  pass: Extract<Pass, 'gather' | 'scatter'>,
  label: string,
  window: Window,
  { channels, stride, pitch, first, count }: ColumnRange,
  columns: Binding,
  values: Binding,
): void {
  const uniforms = [window.base, stride, channels, pitch, first, count];
  recorder.dispatch(pass, label, channels * count, uniforms, [window, columns, values]);
}

export function recordZeros(
  recorder: Recorder,
  label: string,
  window: Window,
  elements: number,
): void {
  const threads = Math.ceil(elements / ZEROS_A_THREAD);
  recorder.dispatch('zeros', label, threads, [window.base, elements, threads], [window]);
}

/** The positives' values in tensors [B, C, A] on the device. */
export class AnchorColumns {
  readonly #call: DeviceCall;
  readonly #label: string;
  readonly #groups: { start: number; bytes: number; range: ColumnRange }[] = [];
  readonly #words: Uint32Array<ArrayBuffer>;
  readonly #bytes: number;
  #columns: Binding | undefined;

  /** Throws BackendError GPU_MEMORY where one image's tensor is too large. */
  constructor(
    call: DeviceCall,
    action: string,
    label: string,
    { batch, anchors }: Predictions<Dense>,
    { image, anchor }: Pick<Assignment, 'image' | 'anchor'>,
    channels: number,
  ) {
    this.#call = call;
    this.#label = label;
    const imageBytes = channels * anchors * 4;
    const pitch = anchor.length;
    this.#words = new Uint32Array(2 * pitch);
    this.#bytes = channels * pitch * 4;
    let end = 0;
    for (const group of imageGroups(action, batch, imageBytes, call.gpu.device.limits)) {
      const first = end;
      const { firstImage, images } = group;
      for (; end < pitch && image[end] < firstImage + images; end++) {
        this.#words[2 * end] = (image[end] - firstImage) * channels * anchors + anchor[end];
        this.#words[2 * end + 1] = end;
      }
      const range = { channels, stride: anchors, pitch, first, count: end - first };
      this.#groups.push({ start: firstImage * imageBytes, bytes: images * imageBytes, range });
    }
  }

  /** Brings them together: f32 [C, P]. */
  gather(recorder: Recorder, tensor: BufferRange): Binding {
    const values = this.#call.memory.takeReadable(this.#bytes);
    this.#record(recorder, 'gather', tensor, values);
    return values;
  }

  /** Writes them to a tensor, and zeros to all else. @param values f32 [C, P] */
  spread(recorder: Recorder, tensor: BufferRange, values: Binding): void {
    for (const { start, bytes } of this.#groups) {
      recordZeros(recorder, this.#label, this.#call.windowOn(tensor, start, bytes), bytes / 4);
    }
    this.#record(recorder, 'scatter', tensor, values);
  }

  #record(
    recorder: Recorder,
    pass: 'gather' | 'scatter',
    tensor: BufferRange,
    values: Binding,
  ): void {
    this.#columns ??= this.#call.memory.upload(this.#words);
    for (const { start, bytes, range } of this.#groups) {
      const window = this.#call.windowOn(tensor, start, bytes);
      recordColumns(recorder, pass, this.#label, window, range, this.#columns, values);
    }
  }
}
