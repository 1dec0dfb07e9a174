import { BackendError } from '../../errors.ts';
import type { Assignment } from '../../types.ts';
import type {
  AssignOptions,
  BufferRange,
  ClassLoss,
  Dense,
  GroupedTargets,
  Level,
  LossOptions,
  LossSums,
  Predictions,
} from '../backend.ts';
import type { Engine } from '../wasm/engine.ts';
import { mergeWinners } from './assignment.ts';
import { type GroupCandidates, groupCandidates, ROW_BYTES } from './candidates.ts';
import type { DeviceCall } from './device-call.ts';
import { electImage, type Metrics, type Winners } from './elect.ts';
import { checkFound, recordSearch, type Search } from './find-non-finite.ts';
import { backgroundWeight, foreground } from './foreground.ts';
import type { Gpu } from './gpu.ts';
import { type Group, groupsOf } from './groups.ts';
import { type Readback, STORAGE } from './memory.ts';
import { recordMetrics } from './metrics.ts';
import type { Load, Pipelines } from './pipelines.ts';
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
import { bytesOf, sliceOf, type Window } from './tensors.ts';

/** Three sums and flags of one workgroup. */
const PARTIAL_BYTES = 16;

/** What the calls of a criterion share. */
export interface Shared {
  gpu: Gpu;
  engine: Engine;
  /** Of heads. */
  pipelines: Pipelines;
  load: Load;
}

interface WorkGroup extends Group {
  candidates: GroupCandidates;
  /** [L] */
  places: Place[];
  /** Of each chunk, on their way to the host. */
  metrics: Readback[];
}

/** Assignment and losses of a head, of one call. */
export class Session {
  readonly #shared: Shared;
  readonly #call: DeviceCall;
  readonly #predictions: Predictions<Dense>;
  readonly #targets: GroupedTargets;
  #groups: WorkGroup[] = [];
  /** What of the tensors in buffers is not finite, where that is asked for. */
  #search: Search | undefined;
  /** Where the partial sums go, those of the background first. */
  #partials: Binding | undefined;
  #slots = 0;
  /** Class logits of the positives. */
  #logits: Float32Array = new Float32Array(0);

  constructor(
    shared: Shared,
    call: DeviceCall,
    predictions: Predictions<Dense>,
    targets: GroupedTargets,
  ) {
    this.#shared = shared;
    this.#call = call;
    this.#predictions = predictions;
    this.#targets = targets;
  }

  async assign(
    action: string,
    options: AssignOptions,
    next: ClassLoss | null,
  ): Promise<Assignment> {
    const { gpu, engine } = this.#shared;
    const reads = this.#call.scoped(action, () => this.#startAssign(action, options, next));
    await this.#call.wait(action, reads);
    if (this.#search) checkFound(action, this.#search);
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
    const { sums, arrays } = this.#call.scoped(action, () =>
      this.#startLosses(action, assignment, own.slopes, options, grads),
    );
    await this.#call.wait(action, [sums, ...arrays.map(({ readback }) => readback)]);
    for (const { readback, target } of arrays) {
      target.set(new Float32Array(readback.range()));
      readback.done();
    }
    const { cls, box, dfl } = readSums(sums.range());
    sums.done();
    return { cls: backgroundWeight(classification) * cls + own.excess, box, dfl };
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
    this.#call.checkBuffers(action, [
      ...predictions.levels.map(({ data }, l) => [`${predictions.name}[${l}]`, data] as const),
      ...predictions.others.map(({ name, data }) => [name, data] as const),
    ]);
    this.#groups = groupsOf(action, predictions, limits).map((group) => {
      const candidates = groupCandidates(engine, predictions, this.#targets, group, mostPairs);
      return { ...group, candidates, places: this.#placesOf(group), metrics: [] };
    });
    for (const group of this.#groups) {
      group.metrics = recordMetrics(recorder, this.#call.memory, group.candidates, group.places);
    }
    if (next) this.#recordBackgrounds(recorder, topk, next);
    this.#search = recordSearch(recorder, this.#call, action, predictions, this.#groups);
    this.#call.memory.submit(recorder);
    const reads = this.#groups.flatMap(({ metrics }) => metrics);
    return this.#search ? [...reads, this.#search.found] : reads;
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

  #logitsOf(level: Level<Dense>, group: Group): Window {
    const { data } = level;
    if (data instanceof Float32Array) {
      const slice = sliceOf(data, level, group);
      return { ...this.#call.memory.upload(slice), base: 0 };
    }
    return this.#windowOn(data, level, group);
  }

  #windowOn(range: BufferRange, level: Level<Dense>, group: Group): Window {
    const start = group.firstImage * level.imageStride * 4;
    return this.#call.windowOn(range, start, bytesOf(level, group));
  }

  #recordBackgrounds(recorder: Recorder, topk: number, loss: ClassLoss): void {
    const places = this.#groups.flatMap((group) => group.places);
    const slots = places.map(backgroundSlots);
    this.#slots = slots.reduce((sum, count) => sum + count, 0);
    const most = this.#slots + this.#mostRegressSlots(topk);
    this.#partials = this.#call.memory.take(most * PARTIAL_BYTES, STORAGE);
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
    const memory = this.#call.memory;
    this.#call.checkBuffers(
      action,
      (grads ?? []).map((data, l) => [`${this.#predictions.outName}[${l}]`, data]),
    );
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

  #gradsOf(grad: Dense, level: Level<Dense>, group: Group): Window {
    if (!(grad instanceof Float32Array)) return this.#windowOn(grad, level, group);
    return { ...this.#call.memory.takeReadable(bytesOf(level, group)), base: 0 };
  }
}
