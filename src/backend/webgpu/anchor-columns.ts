import type { Positives } from '../assign/positives.ts';
import type { BufferRange, Dense, Predictions } from '../inputs.ts';
import type { DeviceCall } from './device-call.ts';
import { type Column, type ColumnsUniforms, columnStruct } from './generated/criteria.ts';
import { imageGroups } from './image-groups.ts';
import type { Binding } from './pass.ts';
import type { Recorder } from './recorder.ts';
import type { Window } from './tensors.ts';

/** Number of elements that a thread of `zeros` writes. */
const ZEROS_A_THREAD = 16;

/** Columns of one tensor, some of the list. */
type ColumnRange = Omit<ColumnsUniforms, 'base'>;

/** @param columns list of {@link Column} */
function recordColumns(
  recorder: Recorder,
  pass: 'gather' | 'scatter',
  label: string,
  range: ColumnRange,
  bindings: { tensor: Window; columns: Binding; values: Binding },
): void {
  const uniforms = { base: bindings.tensor.base, ...range };
  recorder.dispatch(pass, label, range.channels * range.count, uniforms, bindings);
}

/** Writes zeros to a tensor. */
export function recordZeros(
  recorder: Recorder,
  label: string,
  tensor: Window,
  count: number,
): void {
  const threads = Math.ceil(count / ZEROS_A_THREAD);
  recorder.dispatch('zeros', label, threads, { base: tensor.base, count, threads }, { tensor });
}

/** Values of the positives in tensors [B, C, A], in arrays or in buffers. */
export class AnchorColumns {
  readonly #call: DeviceCall;
  readonly #label: string;
  readonly #predictions: Predictions<Dense>;
  readonly #positives: Pick<Positives, 'images' | 'anchors'>;
  readonly #channels: number;
  #columns: { binding: Binding; groups: ColumnGroup[] } | undefined;

  constructor(
    call: DeviceCall,
    label: string,
    predictions: Predictions<Dense>,
    positives: Pick<Positives, 'images' | 'anchors'>,
    channels: number,
  ) {
    this.#call = call;
    this.#label = label;
    this.#predictions = predictions;
    this.#positives = positives;
    this.#channels = channels;
  }

  /** Takes memory for the values alone: f32 [C, P]. */
  take(): Binding {
    return this.#call.memory.takeReadable(this.#channels * this.#positives.anchors.length * 4);
  }

  /** Gathers the values of a tensor: f32 [C, P]. Throws BackendError GPU_MEMORY where one image's tensor is too large. */
  gather(tensor: Dense): Binding {
    if (tensor instanceof Float32Array) return this.#call.memory.upload(this.fetch(tensor)());
    const values = this.take();
    this.#record('gather', tensor, values);
    return values;
  }

  /** Has the next wait bring the values of a tensor to the host; returns a function that gives them, f32 [C, P]. */
  fetch(tensor: Dense): () => Float32Array<ArrayBuffer> {
    let values = new Float32Array(this.#channels * this.#positives.anchors.length);
    if (tensor instanceof Float32Array) {
      this.#eachValue((at, own) => {
        values[own] = tensor[at];
      });
    } else {
      this.#call.read(this.gather(tensor), (bytes) => {
        values = new Float32Array(bytes.slice(0, values.byteLength));
      });
    }
    return () => values;
  }

  /** Writes the values to a tensor, and zeros to all else. @param values f32 [C, P] */
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
      const bindings = { tensor: window, columns: binding, values };
      recordColumns(this.#call.recorder, pass, this.#label, range, bindings);
    }
  }

  /** Calls `visit` with the place of each value in a tensor, and alone. */
  #eachValue(visit: (at: number, alone: number) => void): void {
    const { images, anchors } = this.#positives;
    const pitch = anchors.length;
    for (let p = 0; p < pitch; p++) {
      for (let channel = 0; channel < this.#channels; channel++) {
        const row = images[p] * this.#channels + channel;
        visit(row * this.#predictions.anchors + anchors[p], channel * pitch + p);
      }
    }
  }

  /** List of columns, cut by groups of images whose tensors fit a binding. */
  #onDevice(): { binding: Binding; groups: ColumnGroup[] } {
    if (this.#columns) return this.#columns;
    const { batch, anchors: stride } = this.#predictions;
    const { images: image, anchors } = this.#positives;
    const channels = this.#channels;
    const imageSize = channels * stride;
    const pitch = anchors.length;
    const columns: Column[] = [];
    const cut = imageGroups(this.#call.action, batch, imageSize * 4, this.#call.gpu.device.limits);
    const groups = cut.map(({ firstImage, images }) => {
      const first = columns.length;
      for (let p = first; p < pitch && image[p] < firstImage + images; p++) {
        columns.push({ start: (image[p] - firstImage) * imageSize + anchors[p], slot: p });
      }
      const range = { channels, stride, pitch, first, count: columns.length - first };
      return { first: firstImage * imageSize, count: images * imageSize, range };
    });
    this.#columns = { binding: this.#call.memory.upload(columnStruct.arrayOf(columns)), groups };
    return this.#columns;
  }
}

/** Elements of a group of images in a tensor, and its columns. */
interface ColumnGroup {
  first: number;
  count: number;
  range: ColumnRange;
}
