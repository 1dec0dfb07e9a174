import type { Dense, Predictions } from '../../src/backend/inputs.ts';
import { type Gpu, gpuOf } from '../../src/backend/webgpu/gpu.ts';
import { Memory } from '../../src/backend/webgpu/memory.ts';
import type { Binding } from '../../src/backend/webgpu/pass.ts';
import { type PassName, pipelinesOf, type Variant } from '../../src/backend/webgpu/pipelines.ts';
import { BufferPool } from '../../src/backend/webgpu/pool.ts';
import type { Place } from '../../src/backend/webgpu/record.ts';
import { Recorder } from '../../src/backend/webgpu/recorder.ts';
import type { Layout } from '../../src/types.ts';
import { parseOptions } from '../../src/validate/options.ts';
import { validatePredictions } from '../../src/validate/predictions.ts';
import { testAdapter, testDevice } from './gpu.ts';
import { readWords } from './gpu-buffers.ts';
import { toNhwc } from './layout.ts';

type Values = Float32Array | Uint32Array | Uint8Array;

const hasSubgroups = (await testAdapter()).features.has('subgroups');
/** Whether sums use subgroups: both variants, where the adapter can run both. */
export const sumVariants = hasSubgroups ? [false, true] : [false];

export const layouts: readonly Layout[] = ['nchw', 'nhwc'];

/** Runs single passes as a head records them, on a device of its own. */
export class PassRunner {
  readonly gpu: Gpu;
  readonly memory: Memory;
  readonly #passes: readonly PassName[];
  readonly #variant: Omit<Variant, 'regMax'>;

  /** @param passes the passes that it will run: compiling one takes longer than running it */
  static async create(
    passes: readonly PassName[],
    variant: Partial<Variant & { subgroups: boolean }> = {},
  ): Promise<PassRunner> {
    const subgroups = variant.subgroups ?? false;
    const device = await testDevice(subgroups ? ['subgroups'] : []);
    return new PassRunner(device, passes, { isModulated: variant.isModulated ?? false });
  }

  private constructor(
    device: GPUDevice,
    passes: readonly PassName[],
    variant: Omit<Variant, 'regMax'>,
  ) {
    this.gpu = gpuOf(device);
    this.memory = new Memory(this.gpu, new BufferPool(device));
    this.#passes = passes;
    this.#variant = variant;
  }

  upload(values: Values): Binding {
    return this.memory.upload(values as Uint32Array<ArrayBuffer>);
  }

  /** Submits the work that `record` records, and reads the words of `result` afterwards. */
  async run(
    regMax: number,
    result: Binding,
    record: (recorder: Recorder) => void,
  ): Promise<Uint32Array> {
    const variant = { regMax, ...this.#variant };
    const pipelines = await pipelinesOf(this.gpu, 'test', variant, this.#passes);
    const { check } = this.gpu.scoped('test', () => {
      const recorder = new Recorder(pipelines);
      record(recorder);
      this.memory.submit(recorder);
    });
    await check;
    const words = await readWords(this.gpu.device, result.buffer);
    return words.subarray(0, result.size / 4);
  }

  /** The place of the predictions' first level, its logits behind `base` elements of something else. */
  placeOf(predictions: Predictions<Dense>, base = 0): Place {
    const [level] = predictions.levels;
    const data = level.data as Float32Array;
    const padded = new Float32Array(base + data.length).fill(Number.NaN);
    padded.set(data, base);
    const logits = { ...this.upload(padded), base };
    return { predictions, level, index: 0, images: predictions.batch, logits, boxTensors: [] };
  }
}

/** Predictions of one level, from NCHW values [B, 4R + C, H, W]. */
export function oneLevel(
  layout: Layout,
  { regMax, numClasses, stride = 8 }: { regMax: number; numClasses: number; stride?: number },
  [batch, height, width]: [number, number, number],
  nchw: Float32Array,
): Predictions<Dense> {
  const options = parseOptions('test', { numClasses, regMax, strides: [stride], layout });
  const planar = { data: nchw, shape: [batch, 4 * regMax + numClasses, height, width] };
  return validatePredictions(
    'test',
    'feats',
    [layout === 'nchw' ? planar : toNhwc(planar)],
    options,
    false,
  );
}

export function floatsOf(words: Uint32Array): Float32Array {
  return new Float32Array(words.buffer, words.byteOffset, words.length);
}
