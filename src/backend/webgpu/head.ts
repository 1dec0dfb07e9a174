import { BackendError } from '../../errors.ts';
import { runSync } from '../../stages.ts';
import { joinPositives, type Positives } from '../assign/positives.ts';
import { assignImage } from '../assign/weigh.ts';
import type { HeadCall, HeadGrads, LossSums, Purpose } from '../backend.ts';
import { backgroundWeight, type Dense } from '../inputs.ts';
import type {
  KeypointGrads,
  KeypointInputs,
  KeypointSums,
  Likelihood,
  MaskGrads,
  MaskInputs,
  MaskSums,
} from '../task-inputs.ts';
import { AnchorColumns } from './anchor-columns.ts';
import { type GroupCandidates, groupCandidates } from './candidates.ts';
import { classWeightsOf } from './class-weights.ts';
import { recordSearch } from './find-non-finite.ts';
import { foreground } from './foreground.ts';
import { partialStruct } from './generated/shared.ts';
import { groupsOf } from './groups.ts';
import { type HeadContext, isWeighted } from './head-context.ts';
import type { Group } from './image-groups.ts';
import { keypointLikelihood, keypoints } from './keypoints.ts';
import { masks } from './masks.ts';
import { STORAGE } from './memory.ts';
import { recordMetrics } from './metrics.ts';
import { DevicePairs, type Metrics } from './pairs.ts';
import type { Binding } from './pass.ts';
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
import type { Recorder } from './recorder.ts';
import { SumReader } from './sum-reader.ts';

/** A level of a group, and its background's sum. */
interface SummedPlace extends Place {
  /** Index of the first partial sum. */
  slot: number;
  /** Whether the sum is under way. */
  isSummed: boolean;
}

interface WorkGroup extends Group {
  candidates: GroupCandidates;
  /** [L] */
  places: SummedPlace[];
  /** Metrics of each chunk. */
  metrics: Metrics[];
}

/** Stages of one head of a call on the device. */
export class DeviceHead implements HeadCall {
  readonly #head: HeadContext;
  readonly #purpose: Purpose;
  #groups: WorkGroup[] = [];
  /** Memory of the partial sums, those of the background first, and a buffer to bind where nothing is written. */
  #scratch: { partials: Binding; nowhere: Binding } | undefined;
  /** Number of partial sums of the background. */
  #slots = 0;
  /** [P] logits of the positives' classes. */
  #logits = new Float32Array(0);

  constructor(head: HeadContext, purpose: Purpose) {
    this.#head = head;
    this.#purpose = purpose;
  }

  assign(): Promise<Positives> {
    return this.#head.call.stage(() => this.#assign());
  }

  losses(positives: Positives, scale: LossSums, grads: HeadGrads<Dense> | null): Promise<LossSums> {
    return this.#head.call.stage(() => this.#losses(positives, scale, grads));
  }

  masks(
    positives: Positives,
    given: MaskInputs<Dense>,
    scale: MaskSums,
    grads: MaskGrads<Dense> | null,
  ): Promise<MaskSums> {
    return this.#head.call.stage(() => masks(this.#head, positives, given, scale, grads));
  }

  keypoints(
    positives: Positives,
    given: KeypointInputs<Dense>,
    scale: KeypointSums,
    grads: KeypointGrads<Dense> | null,
    likely: Likelihood | null,
  ): Promise<KeypointSums> {
    return this.#head.call.stage(() =>
      keypoints(this.#head, positives, given, scale, grads, likely),
    );
  }

  likelihood(
    positives: Positives,
    given: KeypointInputs<Dense>,
    scale: number | null,
  ): Promise<Likelihood | null> {
    return this.#head.call.stage(() => keypointLikelihood(this.#head, positives, given, scale));
  }

  async #assign(): Promise<Positives> {
    const { engine, call, predictions, targets } = this.#head;
    if (this.#purpose.losses && isWeighted(this.#head)) {
      await this.#head.compileWeighted();
      call.checkOpen();
    }
    const checkFound = call.scoped(() => this.#startAssign());
    await call.wait();
    checkFound();
    call.gpu.checkAlive(call.action);
    const pairs = this.#groups
      .flatMap(({ firstImage, candidates, metrics }) =>
        candidates.images.map(
          (own, i) => new DevicePairs(engine, firstImage + i, predictions.anchors, own, metrics),
        ),
      )
      .filter(({ candidates }) => candidates.targets > 0);
    const chains = pairs.map((own) => assignImage(this.#head, own));
    const images = runSync(call.action, engine.run(0, chains));
    const positives = joinPositives(targets, images);
    this.#logits = new Float32Array(positives.anchors.length);
    let end = 0;
    images.forEach((own, i) => {
      this.#logits.set(pairs[i].logitsOf(own), end);
      end += own.anchors.length;
    });
    return positives;
  }

  async #losses(
    positives: Positives,
    scale: LossSums,
    grads: HeadGrads<Dense> | null,
  ): Promise<LossSums> {
    const { engine, call, classification } = this.#head;
    const { classTargets } = positives;
    const weights = this.#weightsOf(positives);
    const own = foreground(engine, classTargets, this.#logits, weights, classification, scale.cls);
    const sums = call.scoped(() => this.#startLosses(positives, own.gradients, scale, grads));
    await call.wait();
    const { cls, box, dfl, angle } = sums.read();
    return { cls: backgroundWeight(classification) * cls + own.excess, box, dfl, angle };
  }

  /** [P] factors of the class loss of the positives for their targets' classes. */
  #weightsOf({ images, targets: own, anchorWeights }: Positives): Float32Array {
    const { classWeights, targets } = this.#head;
    if (!classWeights) return anchorWeights;
    return anchorWeights.map((weight, i) => {
      return weight * classWeights[targets.cls[targets.offsets[images[i]] + own[i]]];
    });
  }

  /** Records all work up to the candidates' metrics, and background that the device sums while the host assigns. */
  #startAssign(): () => void {
    const { call, predictions, assigner } = this.#head;
    const { limits } = call.gpu.device;
    const { name, levels, others } = predictions;
    const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
    call.checkBuffers([
      ...levels.map(({ data }, l) => ({ name: `${name}[${l}]`, data })),
      ...others,
    ]);
    this.#groups = groupsOf(call.action, predictions, limits).map((group) => {
      const candidates = groupCandidates(this.#head, group, most);
      return { ...group, candidates, places: this.#placesOf(group), metrics: [] };
    });
    for (const group of this.#groups) {
      const { candidates, places } = group;
      group.metrics = recordMetrics(call, assigner.needs.overlap, candidates, places);
    }
    if (this.#purpose.losses) this.#startBackgrounds();
    return recordSearch(call, predictions, this.#groups);
  }

  #placesOf({ firstImage, images }: Group): SummedPlace[] {
    const { call, predictions } = this.#head;
    const windowOf = (data: Dense, imageSize: number) =>
      call.input(data, firstImage * imageSize, images * imageSize);
    const boxTensors = predictions.boxTensors.map((data) => windowOf(data, predictions.anchors));
    return predictions.levels.map((level, index) => {
      const logits = windowOf(level.data, level.imageStride);
      return { predictions, level, index, images, logits, boxTensors, slot: 0, isSummed: false };
    });
  }

  /**
   * Sums the background while the host assigns, unless its weights depend on the assignment. With gradients only that of the
   * largest level, and only if there is anything to assign: the pass that writes the gradient sums the others, as it reads the logits anyway.
   */
  #startBackgrounds(): void {
    const { call, predictions } = this.#head;
    const { memory } = call;
    const sharers = sharersOf(call.gpu);
    for (const place of this.#groups.flatMap(({ places }) => places)) {
      place.slot = this.#slots;
      this.#slots += backgroundSlots(place, sharers, isWeighted(this.#head));
    }
    const most = this.#slots + this.#mostRegressSlots();
    this.#scratch = {
      partials: memory.take(most * partialStruct.bytes, STORAGE),
      nowhere: memory.take(partialStruct.bytes, STORAGE),
    };
    if (isWeighted(this.#head)) return;
    const largest = Math.max(...predictions.levels.map(({ cells }) => cells));
    for (const { candidates, places } of this.#groups) {
      for (const place of places) {
        const isWorthIt = candidates.chunks.length > 0 && place.level.cells === largest;
        if (this.#purpose.backward && !isWorthIt) continue;
        this.#recordBackground(call.behind, place, null, null);
      }
    }
  }

  /** Records the gradient of the background, and its sum, unless that is under way. */
  #recordBackground(
    recorder: Recorder,
    place: SummedPlace,
    slopes: SlopesOut | null,
    weights: Binding | null,
  ): void {
    const slot = place.isSummed ? null : place.slot;
    place.isSummed = true;
    const to = { ...this.#scratchOf(), slot, slopes, weights };
    recordBackground(recorder, place, this.#head.classification, to);
  }

  #scratchOf() {
    if (this.#scratch) return this.#scratch;
    throw new BackendError('GPU_INTERNAL', 'losses follow an assignment that was opened for them');
  }

  #mostRegressSlots(): number {
    const { predictions, assigner } = this.#head;
    const { anchors, levels } = predictions;
    const { topk } = assigner.needs;
    return this.#groups.reduce((sum, { candidates }) => {
      const positives = candidates.images.reduce(
        (most, own) => most + Math.min(own.candidates.targets * topk, anchors),
        0,
      );
      // Every level's last workgroup may be all but empty
      return sum + regressSlots(positives) + levels.length;
    }, 0);
  }

  /** @param gradients f32 [P], by each positive's logit of its target's class */
  #startLosses(
    positives: Positives,
    gradients: Float32Array,
    scale: LossSums,
    grads: HeadGrads<Dense> | null,
  ): SumReader {
    const { call, predictions, classification, boxLoss } = this.#head;
    const { memory, recorder } = call;
    const { partials, nowhere } = this.#scratchOf();
    const slopeScale = scale.cls * backgroundWeight(classification);
    const columns = new AnchorColumns(call, 'boxTensors', predictions, positives, 1);
    const boxGrads = predictions.boxTensors.map(() => columns.take());
    let slot = this.#slots;
    for (const { places, ...group } of this.#groups) {
      const { words, levels } = listPositives(this.#head, positives, gradients, group);
      const list = memory.upload(words);
      const weights = isWeighted(this.#head)
        ? memory.upload(classWeightsOf(this.#head, positives, group))
        : null;
      for (const place of places) {
        const { level, index } = place;
        const [first, count] = [group.firstImage, group.images].map((n) => n * level.imageStride);
        const out = grads && call.output(grads.levels[index], first, count);
        const slopes = out && { grads: out, scale: slopeScale };
        if (slopes || !place.isSummed) this.#recordBackground(recorder, place, slopes, weights);
        const own = { list, ...levels[index] };
        const to = { partials, slot, level: out, boxGrads, nowhere };
        recordRegress(recorder, place, { boxLoss, scale }, own, to);
        slot += regressSlots(own.count);
      }
    }
    grads?.boxTensors.forEach((tensor, i) => {
      columns.spread(tensor, boxGrads[i]);
    });
    return new SumReader(call, slot, partials);
  }
}
