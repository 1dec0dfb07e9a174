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

/** The positives' values in tensors [B, C, A], wherever these are. */
export class AnchorColumns {
  readonly #call: DeviceCall;
  readonly #action: string;
  readonly #label: string;
  readonly #predictions: Predictions<Dense>;
  readonly #positives: Pick<Assignment, 'image' | 'anchor'>;
  readonly #channels: number;
  #columns: { binding: Binding; groups: ColumnGroup[] } | undefined;

  constructor(
    call: DeviceCall,
    action: string,
    label: string,
    predictions: Predictions<Dense>,
    positives: Pick<Assignment, 'image' | 'anchor'>,
    channels: number,
  ) {
    this.#call = call;
    this.#action = action;
    this.#label = label;
    this.#predictions = predictions;
    this.#positives = positives;
    this.#channels = channels;
  }

  /** Room for the values alone: f32 [C, P]. */
  take(): Binding {
    return this.#call.memory.takeReadable(this.#channels * this.#positives.anchor.length * 4);
  }

  /** Brings them together: f32 [C, P]. Throws BackendError GPU_MEMORY where one image's tensor is too large. */
  gather(tensor: Dense): Binding {
    if (tensor instanceof Float32Array) {
      const alone = new Float32Array(this.#channels * this.#positives.anchor.length);
      this.#eachValue((at, own) => {
        alone[own] = tensor[at];
      });
      return this.#call.memory.upload(alone);
    }
    const values = this.take();
    this.#record('gather', tensor, values);
    return values;
  }

  /** Writes them to a tensor, and zeros to all else. @param values f32 [C, P] */
  spread(tensor: Dense, values: Binding): void {
    if (tensor instanceof Float32Array) {
      this.#call.readInto(tensor, values, (alone) => {
        tensor.fill(0);
        this.#eachValue((at, own) => {
          tensor[at] = alone[own];
        });
      });
      return;
    }
    for (const { first, count } of this.#onDevice().groups) {
      const window = this.#call.windowOn(tensor, first, count);
      recordZeros(this.#call.recorder, this.#label, window, count);
    }
    this.#record('scatter', tensor, values);
  }

  #record(pass: 'gather' | 'scatter', tensor: BufferRange, values: Binding): void {
    const { binding, groups } = this.#onDevice();
    for (const { first, count, range } of groups) {
      const window = this.#call.windowOn(tensor, first, count);
      recordColumns(this.#call.recorder, pass, this.#label, window, range, binding, values);
    }
  }

  /** Where each value is in a tensor, and alone. */
  #eachValue(visit: (at: number, alone: number) => void): void {
    const { image, anchor } = this.#positives;
    const pitch = anchor.length;
    for (let p = 0; p < pitch; p++) {
      for (let channel = 0; channel < this.#channels; channel++) {
        const row = image[p] * this.#channels + channel;
        visit(row * this.#predictions.anchors + anchor[p], channel * pitch + p);
      }
    }
  }

  /** The list of columns, cut by groups of images whose tensors fit a binding. */
  #onDevice(): { binding: Binding; groups: ColumnGroup[] } {
    if (this.#columns) return this.#columns;
    const { batch, anchors } = this.#predictions;
    const { image, anchor } = this.#positives;
    const channels = this.#channels;
    const imageSize = channels * anchors;
    const pitch = anchor.length;
    const words = new Uint32Array(2 * pitch);
    let end = 0;
    const cut = imageGroups(this.#action, batch, imageSize * 4, this.#call.gpu.device.limits);
    const groups = cut.map(({ firstImage, images }) => {
      const first = end;
      for (; end < pitch && image[end] < firstImage + images; end++) {
        words[2 * end] = (image[end] - firstImage) * imageSize + anchor[end];
        words[2 * end + 1] = end;
      }
      const range = { channels, stride: anchors, pitch, first, count: end - first };
      return { first: firstImage * imageSize, count: images * imageSize, range };
    });
    this.#columns = { binding: this.#call.memory.upload(words), groups };
    return this.#columns;
  }
}

/** Elements of a group of images in a tensor, and its columns. */
interface ColumnGroup {
  first: number;
  count: number;
  range: ColumnRange;
}
