import { BackendError } from '../../errors.ts';
import type { Assignment } from '../../types.ts';
import type {
  AssignOptions,
  ClassLoss,
  Dense,
  GroupedTargets,
  LossesAhead,
  LossOptions,
  LossSums,
  Predictions,
} from '../backend.ts';
import type { Engine } from '../runtime/engine.ts';
import { AnchorColumns } from './anchor-columns.ts';
import { mergeWinners } from './assignment.ts';
import { type GroupCandidates, groupCandidates } from './candidates.ts';
import { ROW_BYTES } from './chunks.ts';
import type { DeviceCall } from './device-call.ts';
import { electImage, type Metrics } from './elect.ts';
import { recordSearch } from './find-non-finite.ts';
import { backgroundWeight, foreground } from './foreground.ts';
import { type Group, groupsOf } from './groups.ts';
import { STORAGE } from './memory.ts';
import { recordMetrics } from './metrics.ts';
import { sharersOf } from './pipelines.ts';
import { listPositives } from './positives.ts';
import {
  backgroundSlots,
  type Place,
  recordBackground,
  recordRegress,
  regressSlots,
  type SlopesOut,
} from './record.ts';
import type { Binding, Recorder } from './recorder.ts';
import { SumReader } from './sum-reader.ts';
import { PARTIAL_BYTES } from './sums.ts';

/** A level of a group, and its background's sum. */
interface SummedPlace extends Place {
  /** Of its first partial sum. */
  slot: number;
  /** Whether they are under way. */
  isSummed: boolean;
}

interface WorkGroup extends Group {
  candidates: GroupCandidates;
  /** [L] */
  places: SummedPlace[];
  /** Of each chunk. */
  metrics: Metrics[];
}

/** Assignment and losses of a head, of one call. */
export class Session {
  readonly #engine: Engine;
  readonly #call: DeviceCall;
  readonly #predictions: Predictions<Dense>;
  readonly #targets: GroupedTargets;
  #groups: WorkGroup[] = [];
  /** Where the partial sums go, those of the background first, and what is bound where nothing is written. */
  #scratch: { partials: Binding; nowhere: Binding } | undefined;
  #slots = 0;
  /** Class logits of the positives. */
  #logits: Float32Array = new Float32Array(0);

  constructor(
    engine: Engine,
    call: DeviceCall,
    predictions: Predictions<Dense>,
    targets: GroupedTargets,
  ) {
    this.#engine = engine;
    this.#call = call;
    this.#predictions = predictions;
    this.#targets = targets;
  }

  async assign(
    action: string,
    options: AssignOptions,
    next: LossesAhead | null,
  ): Promise<Assignment> {
    const call = this.#call;
    const checkFound = call.scoped(action, () => this.#startAssign(action, options, next));
    await call.wait(action);
    checkFound();
    const winners = this.#groups.flatMap(({ candidates, metrics }) =>
      candidates.images.map((image) =>
        electImage(this.#engine, this.#predictions, options, image, metrics),
      ),
    );
    call.gpu.checkAlive(action);
    const { assignment, logits } = mergeWinners(winners, this.#targets);
    this.#logits = logits;
    return assignment;
  }

  /** @param angleGrads null: no gradients, or upright boxes */
  async losses(
    action: string,
    assignment: Assignment,
    options: LossOptions,
    grads: Dense[] | null,
    angleGrads: Dense | null,
  ): Promise<LossSums> {
    const { classification, scale } = options;
    const own = foreground(this.#engine, assignment, this.#logits, classification, scale.cls);
    const sums = this.#call.scoped(action, () =>
      this.#startLosses(action, assignment, own.slopes, options, grads, angleGrads),
    );
    await this.#call.wait(action);
    const { cls, box, dfl } = sums.read();
    return { cls: backgroundWeight(classification) * cls + own.excess, box, dfl };
  }

  /** Everything up to the candidates' metrics, and the background, which works while the host assigns. */
  #startAssign(action: string, { topk }: AssignOptions, next: LossesAhead | null): () => void {
    const call = this.#call;
    const { limits } = call.gpu.device;
    const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
    // Where every target has a single pair, rows take more than pairs.
    const mostPairs = Math.floor(most / ROW_BYTES);
    const predictions = this.#predictions;
    const { name, levels, others } = predictions;
    call.checkBuffers(action, [
      ...levels.map(({ data }, l) => ({ name: `${name}[${l}]`, data })),
      ...others,
    ]);
    this.#groups = groupsOf(action, predictions, limits).map((group) => {
      const own = groupCandidates(this.#engine, predictions, this.#targets, group, mostPairs);
      return { ...group, candidates: own, places: this.#placesOf(group), metrics: [] };
    });
    for (const group of this.#groups) {
      group.metrics = recordMetrics(call, group.candidates, group.places);
    }
    if (next) this.#recordBackgrounds(topk, next);
    return recordSearch(call, action, predictions, this.#groups);
  }

  #placesOf({ firstImage, images }: Group): SummedPlace[] {
    const predictions = this.#predictions;
    const windowOf = (data: Dense, imageSize: number) =>
      this.#call.input(data, firstImage * imageSize, images * imageSize);
    const angles = predictions.angles && windowOf(predictions.angles, predictions.anchors);
    return predictions.levels.map((level, index) => {
      const logits = windowOf(level.data, level.imageStride);
      return { predictions, level, index, images, logits, angles, slot: 0, isSummed: false };
    });
  }

  /**
   * The sums of the background that the device takes while the host assigns. With gradients these are those of the largest
   * level, if there is anything to assign: the gradient's pass gives the others, as it reads the logits anyway.
   */
  #recordBackgrounds(topk: number, next: LossesAhead): void {
    const { memory } = this.#call;
    const sharers = sharersOf(this.#call.gpu);
    for (const place of this.#groups.flatMap(({ places }) => places)) {
      place.slot = this.#slots;
      this.#slots += backgroundSlots(place, sharers);
    }
    const most = this.#slots + this.#mostRegressSlots(topk);
    this.#scratch = {
      partials: memory.take(most * PARTIAL_BYTES, STORAGE),
      nowhere: memory.take(PARTIAL_BYTES, STORAGE),
    };
    const largest = Math.max(...this.#predictions.levels.map(({ cells }) => cells));
    for (const { candidates, places } of this.#groups) {
      for (const place of places) {
        const isWorthIt = candidates.chunks.length > 0 && place.level.cells === largest;
        if (next.backward && !isWorthIt) continue;
        this.#recordBackground(this.#call.behind, place, next.classification, null);
      }
    }
  }

  /** The gradient of the background, and its sum, unless that is under way. */
  #recordBackground(
    recorder: Recorder,
    place: SummedPlace,
    loss: ClassLoss,
    slopes: SlopesOut | null,
  ): void {
    const slot = place.isSummed ? null : place.slot;
    const { partials, nowhere } = this.#scratchOf();
    place.isSummed = true;
    recordBackground(recorder, place, loss, partials, slot, slopes, nowhere);
  }

  #scratchOf() {
    if (this.#scratch) return this.#scratch;
    throw new BackendError('GPU_INTERNAL', 'losses need an assign that knows of them');
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
    { classification, iou, scale }: LossOptions,
    grads: Dense[] | null,
    angleGrads: Dense | null,
  ): SumReader {
    const { memory, recorder } = this.#call;
    const { partials, nowhere } = this.#scratchOf();
    const slopeScale = scale.cls * backgroundWeight(classification);
    const angles = this.#angleColumns(action, assignment);
    const byAngle = angles?.take() ?? null;
    let slot = this.#slots;
    for (const { candidates, places, ...group } of this.#groups) {
      const own = [this.#predictions, this.#targets, assignment, slopes, group] as const;
      const list = listPositives(...own, candidates.images);
      const positives = memory.upload(list.words);
      for (const place of places) {
        const { level, index } = place;
        const [first, count] = [group.firstImage, group.images].map((n) => n * level.imageStride);
        const out = grads && this.#call.output(grads[index], first, count);
        const background = out && { grads: out, scale: slopeScale };
        if (background || !place.isSummed) {
          this.#recordBackground(recorder, place, classification, background);
        }
        const range = list.levels[index];
        const to = { partials, slot, level: out, angles: byAngle, nowhere };
        recordRegress(recorder, place, iou, scale, range, positives, to);
        slot += regressSlots(range.count);
      }
    }
    if (angles && byAngle && angleGrads) angles.spread(angleGrads, byAngle);
    return new SumReader(this.#call, slot, partials);
  }

  #angleColumns(action: string, assignment: Assignment): AnchorColumns | null {
    const predictions = this.#predictions;
    if (!predictions.angles) return null;
    return new AnchorColumns(this.#call, action, 'angles', predictions, assignment, 1);
  }
}
