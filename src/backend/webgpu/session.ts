import { BackendError } from '../../errors.ts';
import type { Assignment } from '../../types.ts';
import type {
  AssignOptions,
  ClassLoss,
  Dense,
  GroupedTargets,
  LossOptions,
  LossSums,
  Predictions,
} from '../backend.ts';
import type { Engine } from '../wasm/engine.ts';
import { mergeWinners } from './assignment.ts';
import { type GroupCandidates, groupCandidates, ROW_BYTES } from './candidates.ts';
import { checkBuffer } from './check-buffer.ts';
import { electImage, type Metrics, type Winners } from './elect.ts';
import { checkFound, recordSearch } from './find-non-finite.ts';
import { backgroundWeight, foreground } from './foreground.ts';
import type { Gpu } from './gpu.ts';
import { type Group, groupsOf } from './groups.ts';
import { type Memory, type Readback, STORAGE } from './memory.ts';
import { recordMetrics } from './metrics.ts';
import type { Pipelines } from './pipelines.ts';
import { listPositives } from './positives.ts';
import {
  backgroundSlots,
  type Place,
  recordBackground,
  recordFold,
  recordRegress,
  recordSlopes,
  regressSlots,
} from './record.ts';
import { type Binding, Recorder } from './recorder.ts';
import { readSums, SUMS_BYTES } from './sums.ts';
import { bytesOf, sliceOf, type Window, windowOn } from './tensors.ts';

/** Three sums and flags of one workgroup. */
const PARTIAL_BYTES = 16;

/** What the calls of a criterion share. */
export interface Shared {
  gpu: Gpu;
  engine: Engine;
  pipelines: Pipelines;
}

interface WorkGroup extends Group {
  candidates: GroupCandidates;
  /** [L] */
  places: Place[];
  /** Of each chunk, on their way to the host. */
  metrics: Readback[];
}

/** One call, and what it has on the device until it ends. */
export class Session {
  readonly #shared: Shared;
  readonly #memory: Memory;
  readonly #predictions: Predictions<Dense>;
  readonly #targets: GroupedTargets;
  /** Findings of the device that nobody has waited for. */
  #checks: Promise<void>[] = [];
  #groups: WorkGroup[] = [];
  /** What of the levels in buffers is not finite, where that is asked for. */
  #found: Readback | undefined;
  /** Where the partial sums go, those of the background first. */
  #partials: Binding | undefined;
  #slots = 0;
  /** Class logits of the positives. */
  #logits: Float32Array = new Float32Array(0);

  constructor(
    shared: Shared,
    memory: Memory,
    predictions: Predictions<Dense>,
    targets: GroupedTargets,
  ) {
    this.#shared = shared;
    this.#memory = memory;
    this.#predictions = predictions;
    this.#targets = targets;
  }

  async assign(
    action: string,
    options: AssignOptions,
    next: ClassLoss | null,
  ): Promise<Assignment> {
    const { gpu, engine } = this.#shared;
    const reads = this.#scoped(action, () => this.#startAssign(action, options, next));
    await this.#wait(action, reads);
    if (this.#found) checkFound(action, this.#found, this.#predictions, this.#groups);
    const winners: Winners[] = [];
    for (const { candidates, metrics } of this.#groups) {
      const read = metrics.map((readback): Metrics => {
        const values = new Float32Array(readback.range());
        const pairs = values.length / 2;
        return { overlaps: values.subarray(0, pairs), logits: values.subarray(pairs) };
      });
      for (const image of candidates.images) {
        winners.push(electImage(engine, this.#predictions, options, image, read));
      }
      for (const readback of metrics) readback.done();
    }
    gpu.checkAlive(action);
    const { assignment, logits } = mergeWinners(winners, this.#targets);
    this.#logits = logits;
    return assignment;
  }

  async losses(
    action: string,
    assignment: Assignment,
    options: LossOptions,
    grads: Dense[] | null,
  ): Promise<LossSums> {
    const { classification, scale } = options;
    const { engine } = this.#shared;
    const own = foreground(engine, assignment, this.#logits, classification, scale.cls);
    const { sums, arrays } = this.#scoped(action, () =>
      this.#startLosses(action, assignment, own.slopes, options, grads),
    );
    await this.#wait(action, [sums, ...arrays.map(({ readback }) => readback)]);
    for (const { readback, target } of arrays) {
      target.set(new Float32Array(readback.range()));
      readback.done();
    }
    const { cls, box, dfl } = readSums(sums.range());
    sums.done();
    return { cls: backgroundWeight(classification) * cls + own.excess, box, dfl };
  }

  /** A buffer for the caller, who keeps it. */
  createBuffer(action: string, size: number): GPUBuffer {
    return this.#scoped(action, () => this.#memory.createOutput(size));
  }

  /** Gives everything back. */
  end(): void {
    for (const check of this.#checks) check.catch(() => {});
    this.#memory.end();
  }

  #scoped<T>(action: string, work: () => T): T {
    const { gpu } = this.#shared;
    gpu.checkAlive(action);
    const { value, check } = gpu.scoped(action, work);
    this.#checks.push(check);
    return value;
  }

  /** The only place where a call waits for the device. */
  #wait(action: string, reads: readonly Readback[]): Promise<void> {
    const checks = this.#checks;
    this.#checks = [];
    return this.#shared.gpu.wait(action, [...checks, ...reads.map(({ mapped }) => mapped)]);
  }

  /** Everything up to the candidates' metrics, and the background, which works while the host assigns. */
  #startAssign(action: string, { topk }: AssignOptions, next: ClassLoss | null): Readback[] {
    const { gpu, engine, pipelines } = this.#shared;
    const { limits } = gpu.device;
    const recorder = new Recorder(pipelines);
    const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
    // Where every target has a single pair, rows take more than pairs.
    const mostPairs = Math.floor(most / ROW_BYTES);
    const predictions = this.#predictions;
    this.#checkBuffers(
      action,
      predictions.name,
      predictions.levels.map(({ data }) => data),
    );
    this.#groups = groupsOf(action, predictions, limits).map((group) => {
      const candidates = groupCandidates(engine, predictions, this.#targets, group, mostPairs);
      return { ...group, candidates, places: this.#placesOf(group), metrics: [] };
    });
    for (const group of this.#groups) {
      group.metrics = recordMetrics(recorder, this.#memory, group.candidates, group.places);
    }
    if (next) this.#recordBackgrounds(recorder, topk, next);
    const places = this.#groups.flatMap((group) => group.places);
    this.#found = recordSearch(recorder, this.#memory, predictions, places);
    this.#memory.submit(recorder);
    const reads = this.#groups.flatMap(({ metrics }) => metrics);
    return this.#found ? [...reads, this.#found] : reads;
  }

  #checkBuffers(action: string, name: string, tensors: readonly Dense[]): void {
    tensors.forEach((data, l) => {
      if (data instanceof Float32Array) return;
      this.#checks.push(checkBuffer(this.#shared.gpu, action, `${name}[${l}]`, data.buffer));
    });
  }

  #placesOf(group: Group): Place[] {
    return this.#predictions.levels.map((level, index) => ({
      predictions: this.#predictions,
      level,
      index,
      images: group.images,
      logits: this.#logitsOf(level, group),
    }));
  }

  #logitsOf(level: Predictions<Dense>['levels'][number], group: Group): Window {
    const { data } = level;
    if (data instanceof Float32Array) {
      const slice = sliceOf(data, level, group);
      return { ...this.#memory.upload(slice), base: 0 };
    }
    return this.#windowOn(data, level, group);
  }

  #windowOn(
    { buffer, offset }: Exclude<Dense, Float32Array>,
    level: Predictions<Dense>['levels'][number],
    group: Group,
  ): Window {
    const start = offset + group.firstImage * level.imageStride * 4;
    const { minStorageBufferOffsetAlignment } = this.#shared.gpu.device.limits;
    return windowOn(buffer, start, bytesOf(level, group), minStorageBufferOffsetAlignment);
  }

  #recordBackgrounds(recorder: Recorder, topk: number, loss: ClassLoss): void {
    const places = this.#groups.flatMap((group) => group.places);
    const slots = places.map(backgroundSlots);
    this.#slots = slots.reduce((sum, count) => sum + count, 0);
    const most = this.#slots + this.#mostRegressSlots(topk);
    this.#partials = this.#memory.take(most * PARTIAL_BYTES, STORAGE);
    let slot = 0;
    places.forEach((place, i) => {
      recordBackground(recorder, place, loss, this.#partials as Binding, slot);
      slot += slots[i];
    });
  }

  #mostRegressSlots(topk: number): number {
    const { anchors, levels } = this.#predictions;
    return this.#groups.reduce((sum, { candidates }) => {
      const positives = candidates.images.reduce((most, { count }) => {
        return most + Math.min(count * topk, anchors);
      }, 0);
      // Every level's last workgroup may be all but empty.
      return sum + regressSlots(positives) + levels.length;
    }, 0);
  }

  #startLosses(
    action: string,
    assignment: Assignment,
    slopes: Float32Array,
    options: LossOptions,
    grads: Dense[] | null,
  ): { sums: Readback; arrays: { readback: Readback; target: Float32Array }[] } {
    const recorder = new Recorder(this.#shared.pipelines);
    const memory = this.#memory;
    this.#checkBuffers(action, this.#predictions.outName, grads ?? []);
    const partials = this.#partials;
    if (!partials)
      throw new BackendError('GPU_INTERNAL', 'losses need an assign that knows of them');
    const nowhere = memory.take(PARTIAL_BYTES, STORAGE);
    const { classification, iou, scale } = options;
    const slopeScale = scale.cls * backgroundWeight(classification);
    const arrays: { readback: Readback; target: Float32Array }[] = [];
    let slot = this.#slots;
    for (const group of this.#groups) {
      const { images } = group.candidates;
      const own = [this.#predictions, this.#targets, assignment, slopes, group, images] as const;
      const list = listPositives(...own);
      const positives = memory.upload(list.words);
      for (const place of group.places) {
        const { level, index } = place;
        const out = grads && this.#gradsOf(grads[index], level, group);
        if (out) recordSlopes(recorder, place, classification, slopeScale, out);
        const range = list.levels[index];
        recordRegress(recorder, place, iou, scale, range, positives, partials, slot, out, nowhere);
        slot += regressSlots(range.count);
        const target = grads?.[index];
        if (out && target instanceof Float32Array) {
          const readback = memory.read(recorder, out);
          arrays.push({ readback, target: sliceOf(target, level, group) });
        }
      }
    }
    const sums = memory.takeReadable(SUMS_BYTES);
    recordFold(recorder, slot, partials, sums);
    const readback = memory.read(recorder, sums);
    memory.submit(recorder);
    return { sums: readback, arrays };
  }

  #gradsOf(grad: Dense, level: Predictions<Dense>['levels'][number], group: Group): Window {
    if (!(grad instanceof Float32Array)) return this.#windowOn(grad, level, group);
    return { ...this.#memory.takeReadable(bytesOf(level, group)), base: 0 };
  }
}
