import type { Backend, GroupedTargets, Level, Predictions } from '../backend/backend.ts';
import { describe } from '../describe.ts';
import { DetlossError } from '../errors.ts';
import { checked, run, runSync, type Stages, settled, Waits } from '../stages.ts';
import type {
  Assignment,
  DetectionLoss,
  DetectionTargets,
  DetectionValue,
  DetectionValueAndGrad,
  GradOptions,
  Tensor,
} from '../types.ts';
import type { DetectionOptions } from '../validate/options.ts';
import { type Destination, validateOut } from '../validate/out.ts';
import { checkStillThere, validatePredictions } from '../validate/predictions.ts';
import { validateTargets } from '../validate/targets.ts';
import { validateShape } from '../validate/tensor.ts';

type Feats = readonly Tensor[];

/** The YOLOv8 detection loss on a backend: assign → classify → regress. */
export class DetectionCriterion implements DetectionLoss {
  readonly backend: 'wasm' | 'webgpu';
  readonly #options: DetectionOptions;
  readonly #waits = new Waits();
  #backend: Backend | null;

  constructor(options: DetectionOptions, backend: Backend) {
    this.#options = options;
    this.#backend = backend;
    this.backend = backend.name;
  }

  get threads(): number {
    return this.#backend?.threads ?? 1;
  }

  async value(feats: Feats, targets: DetectionTargets): Promise<DetectionValue> {
    return run('value', this.#value('value', feats, targets), this.#waits);
  }

  valueSync(feats: Feats, targets: DetectionTargets): DetectionValue {
    return runSync('valueSync', this.#value('valueSync', feats, targets));
  }

  async valueAndGrad(
    feats: Feats,
    targets: DetectionTargets,
    options?: GradOptions,
  ): Promise<DetectionValueAndGrad> {
    const action = 'valueAndGrad';
    return run(action, this.#valueAndGrad(action, feats, targets, options), this.#waits);
  }

  valueAndGradSync(
    feats: Feats,
    targets: DetectionTargets,
    options?: GradOptions,
  ): DetectionValueAndGrad {
    const action = 'valueAndGradSync';
    return runSync(action, this.#valueAndGrad(action, feats, targets, options));
  }

  async assign(feats: Feats, targets: DetectionTargets): Promise<Assignment> {
    return run('assign', this.#assign('assign', feats, targets), this.#waits);
  }

  assignSync(feats: Feats, targets: DetectionTargets): Assignment {
    return runSync('assignSync', this.#assign('assignSync', feats, targets));
  }

  allocate(shape: readonly number[]): Tensor {
    const backend = this.#live('allocate');
    const length = validateShape('allocate: shape', shape);
    return { data: backend.allocate(length), shape: [...shape] };
  }

  dispose(): void {
    this.#backend?.dispose();
    this.#backend = null;
    this.#waits.fail(disposed);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  *#assign(action: string, feats: Feats, targets: DetectionTargets): Stages<Assignment> {
    const backend = this.#live(action);
    const predictions = validatePredictions(action, feats, this.#options);
    const grouped = validateTargets(action, targets, predictions);
    const check = () => checkStillThere(action, predictions, []);
    return yield* checked(
      settled(backend.assign(predictions, grouped, this.#options.assigner)),
      check,
    );
  }

  *#value(action: string, feats: Feats, targets: DetectionTargets): Stages<DetectionValue> {
    this.#live(action);
    const predictions = validatePredictions(action, feats, this.#options);
    const grouped = validateTargets(action, targets, predictions);
    return yield* this.#loss(action, predictions, grouped, null);
  }

  *#valueAndGrad(
    action: string,
    feats: Feats,
    targets: DetectionTargets,
    options: GradOptions = {},
  ): Stages<DetectionValueAndGrad> {
    this.#live(action);
    const predictions = validatePredictions(action, feats, this.#options);
    const grouped = validateTargets(action, targets, predictions);
    const out = validateOut(action, options, predictions);
    const grads = out ?? predictions.levels.map(allocate);
    const views = grads.map(({ view }) => view);
    const value = yield* this.#loss(action, predictions, grouped, views);
    return {
      ...value,
      grads: grads.map(({ data }, l) => ({ data, shape: [...predictions.levels[l].shape] })),
    };
  }

  *#loss(
    action: string,
    predictions: Predictions,
    targets: GroupedTargets,
    grads: Float32Array[] | null,
  ): Stages<DetectionValue> {
    const { gains, assigner, classification, iou } = this.#options;
    const { batch } = predictions;
    const check = () => checkStillThere(action, predictions, grads ?? []);
    const assignment = yield* checked(
      settled(this.#live(action).assign(predictions, targets, assigner)),
      check,
    );
    const normalizer = yield* checked(this.#normalizer(action, assignment.scoresSum), check);
    const backend = this.#live(action);
    const scaleOf = (gain: number) => (gain * batch) / normalizer;
    const scale = { box: scaleOf(gains.box), cls: scaleOf(gains.cls), dfl: scaleOf(gains.dfl) };
    const options = { classification, iou, scale };
    const sums = yield* checked(
      settled(backend.losses(predictions, targets, assignment, options, grads)),
      check,
    );
    const items = {
      box: (gains.box * sums.box) / normalizer,
      cls: (gains.cls * sums.cls) / normalizer,
      dfl: (gains.dfl * sums.dfl) / normalizer,
    };
    return { total: (items.box + items.cls + items.dfl) * batch, items, assignment };
  }

  *#normalizer(action: string, localSum: number): Stages<number> {
    const reduce = this.#options.reduceNormalizer;
    const sum = reduce ? yield* settled(reduce(localSum)) : localSum;
    // NaN comes of NaN predictions, perhaps of another shard, and shows in the loss.
    if (typeof sum !== 'number' || sum < 0 || sum === Infinity) {
      throw new DetlossError(
        'NORMALIZER',
        `${action}: reduceNormalizer needs to give a finite sum of at least 0, gave ${describe(sum)}`,
      );
    }
    return Math.max(sum, 1);
  }

  #live(action: string): Backend {
    if (this.#backend) return this.#backend;
    throw disposed(action);
  }
}

function allocate({ data: { length } }: Level): Destination {
  const data = new Float32Array(length);
  return { data, view: data };
}

function disposed(action: string): DetlossError {
  return new DetlossError('DISPOSED', `${action}: needs a live criterion, this one is disposed`);
}
