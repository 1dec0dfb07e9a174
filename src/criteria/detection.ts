import type { Backend, Dense, GroupedTargets, Predictions } from '../backend/backend.ts';
import { describe } from '../describe.ts';
import { BackendError, DetlossError } from '../errors.ts';
import { checked, run, runSync, type Stages, settled, Waits } from '../stages.ts';
import type {
  Assignment,
  DetectionLoss,
  DetectionTargets,
  DetectionValue,
  DetectionValueAndGrad,
  GradOptions,
  Tensor,
  TensorData,
} from '../types.ts';
import type { DetectionOptions } from '../validate/options.ts';
import { type Destination, validateOut } from '../validate/out.ts';
import { checkStillThere, validatePredictions } from '../validate/predictions.ts';
import { validateTargets } from '../validate/targets.ts';
import { validateShape } from '../validate/tensor.ts';

type Feats = readonly Tensor<TensorData>[];

/** The YOLOv8 detection loss on a backend: assign → classify → regress. */
export class DetectionCriterion implements DetectionLoss {
  readonly backend: 'wasm' | 'webgpu';
  readonly backendReason: string;
  readonly #options: DetectionOptions;
  readonly #waits = new Waits();
  #backend: Backend | null;

  constructor(options: DetectionOptions, backend: Backend) {
    this.#options = options;
    this.#backend = backend;
    this.backend = backend.name;
    this.backendReason = backend.reason;
  }

  get threads(): number {
    return this.#backend?.threads ?? 1;
  }

  async value(feats: Feats, targets: DetectionTargets): Promise<DetectionValue> {
    return run('value', this.#value('value', feats, targets), this.#waits);
  }

  valueSync(feats: readonly Tensor[], targets: DetectionTargets): DetectionValue {
    this.#syncable('valueSync');
    return runSync('valueSync', this.#value('valueSync', feats, targets));
  }

  async valueAndGrad<Data extends TensorData = Float32Array>(
    feats: readonly Tensor<Data>[],
    targets: DetectionTargets,
    options?: GradOptions<Data>,
  ): Promise<DetectionValueAndGrad<Data>> {
    const action = 'valueAndGrad';
    const stages = this.#valueAndGrad(action, feats, targets, options);
    // Gradients are where the predictions were.
    return (await run(action, stages, this.#waits)) as DetectionValueAndGrad<Data>;
  }

  valueAndGradSync(
    feats: readonly Tensor[],
    targets: DetectionTargets,
    options?: GradOptions,
  ): DetectionValueAndGrad {
    const action = 'valueAndGradSync';
    this.#syncable(action);
    const stages = this.#valueAndGrad(action, feats, targets, options);
    return runSync(action, stages) as DetectionValueAndGrad;
  }

  async assign(feats: Feats, targets: DetectionTargets): Promise<Assignment> {
    return run('assign', this.#assign('assign', feats, targets), this.#waits);
  }

  assignSync(feats: readonly Tensor[], targets: DetectionTargets): Assignment {
    this.#syncable('assignSync');
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
    const [predictions, grouped] = this.#validate(action, feats, targets);
    try {
      const { assigner } = this.#options;
      return yield* checked(
        settled(backend.assign(action, predictions, grouped, assigner, null)),
        () => checkStillThere(action, predictions, []),
      );
    } finally {
      backend.end?.(predictions);
    }
  }

  *#value(action: string, feats: Feats, targets: DetectionTargets): Stages<DetectionValue> {
    this.#live(action);
    const [predictions, grouped] = this.#validate(action, feats, targets);
    return yield* this.#loss(action, predictions, grouped, () => null);
  }

  *#valueAndGrad(
    action: string,
    feats: Feats,
    targets: DetectionTargets,
    options: GradOptions<TensorData> = {},
  ): Stages<DetectionValueAndGrad<TensorData>> {
    const backend = this.#live(action);
    const [predictions, grouped] = this.#validate(action, feats, targets);
    const out = validateOut(action, options, predictions, backend.takesBuffers);
    let grads = out ?? [];
    const value = yield* this.#loss(action, predictions, grouped, () => {
      if (!out) grads = allocate(action, backend, predictions);
      return grads.map(({ view }) => view);
    });
    return { ...value, grads: grads.map(({ tensor }) => tensor) };
  }

  /** @param destinations asked for once, when the gradients are about to be written */
  *#loss(
    action: string,
    predictions: Predictions<Dense>,
    targets: GroupedTargets,
    destinations: () => Dense[] | null,
  ): Stages<DetectionValue> {
    const { gains, assigner, classification, iou } = this.#options;
    const { batch } = predictions;
    const backend = this.#live(action);
    let grads: Dense[] | null = null;
    const check = () => checkStillThere(action, predictions, grads ?? []);
    try {
      const assignment = yield* checked(
        settled(backend.assign(action, predictions, targets, assigner, classification)),
        check,
      );
      const normalizer = yield* this.#normalizer(action, assignment.scoresSum);
      this.#live(action);
      grads = destinations();
      check();
      const scaleOf = (gain: number) => (gain * batch) / normalizer;
      const scale = { box: scaleOf(gains.box), cls: scaleOf(gains.cls), dfl: scaleOf(gains.dfl) };
      const options = { classification, iou, scale };
      const sums = yield* checked(
        settled(backend.losses(action, predictions, targets, assignment, options, grads)),
        check,
      );
      const items = {
        box: (gains.box * sums.box) / normalizer,
        cls: (gains.cls * sums.cls) / normalizer,
        dfl: (gains.dfl * sums.dfl) / normalizer,
      };
      return { total: (items.box + items.cls + items.dfl) * batch, items, assignment };
    } finally {
      backend.end?.(predictions);
    }
  }

  #validate(
    action: string,
    feats: Feats,
    targets: DetectionTargets,
  ): [Predictions<Dense>, GroupedTargets] {
    const { takesBuffers } = this.#live(action);
    const predictions = validatePredictions(action, feats, this.#options, takesBuffers);
    return [predictions, validateTargets(action, targets, predictions)];
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

  #syncable(action: string): void {
    if (this.#live(action).name === 'wasm') return;
    throw new BackendError('SYNC_UNAVAILABLE', `${action}: needs a WASM backend, got WebGPU`);
  }
}

/** Gradients of the caller's: arrays for arrays, buffers for buffers. */
function allocate(
  action: string,
  backend: Backend,
  predictions: Predictions<Dense>,
): Destination[] {
  return predictions.levels.map(({ data, shape }) => {
    if (data instanceof Float32Array) {
      const view = new Float32Array(data.length);
      return { tensor: { data: view, shape: [...shape] }, view };
    }
    const buffer = backend.createBuffer?.(action, predictions, data.size) as GPUBuffer;
    const view = { buffer, offset: 0, size: data.size };
    return { tensor: { data: buffer, shape: [...shape] }, view };
  });
}

function disposed(action: string): DetlossError {
  return new DetlossError('DISPOSED', `${action}: needs a live criterion, this one is disposed`);
}
