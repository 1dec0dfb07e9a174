import type { LossBackend } from '../backend/loss-backend.ts';
import { DetlossError } from '../errors.ts';
import type { ClassTargets, Losses, PlainLoss } from '../loss-types.ts';
import { run, Waits } from '../stages.ts';
import type { Tensor } from '../types.ts';
import { reading } from '../validate/read.ts';
import { validateShape } from '../validate/tensor.ts';
import { bceWithLogits } from './bce-with-logits.ts';
import { boxIou } from './box-iou.ts';
import { crossEntropy } from './cross-entropy.ts';
import { dice } from './dice.ts';
import { distributionFocal } from './distribution-focal.ts';
import { evaluate } from './evaluate.ts';
import { focal } from './focal.ts';
import { hinge } from './hinge.ts';
import { huber } from './huber.ts';
import { klDiv } from './kl-div.ts';
import { l1 } from './l1.ts';
import { logLoss } from './log-loss.ts';
import { mse } from './mse.ts';
import { multiMargin } from './multi-margin.ts';
import type { LossModule } from './plan.ts';
import { qualityFocal } from './quality-focal.ts';
import { smoothL1 } from './smooth-l1.ts';
import { squaredHinge } from './squared-hinge.ts';
import { varifocal } from './varifocal.ts';

/** Of any loss: what its arguments are is checked when it is called. */
type AnyLoss = PlainLoss<object, ClassTargets>;

/** The plain losses on a backend. */
export class PlainLosses implements Losses {
  readonly backend: 'wasm' | 'webgpu';
  readonly backendReason: string;
  readonly mse = this.#loss('mse', mse);
  readonly l1 = this.#loss('l1', l1);
  readonly smoothL1 = this.#loss('smoothL1', smoothL1);
  readonly huber = this.#loss('huber', huber);
  readonly bceWithLogits = this.#loss('bceWithLogits', bceWithLogits);
  readonly logLoss = this.#loss('logLoss', logLoss);
  readonly crossEntropy = this.#loss('crossEntropy', crossEntropy);
  readonly klDiv = this.#loss('klDiv', klDiv);
  readonly hinge = this.#loss('hinge', hinge);
  readonly squaredHinge = this.#loss('squaredHinge', squaredHinge);
  readonly multiMargin = this.#loss('multiMargin', multiMargin);
  readonly dice = this.#loss('dice', dice);
  readonly focal = this.#loss('focal', focal);
  readonly varifocal = this.#loss('varifocal', varifocal);
  readonly qualityFocal = this.#loss('qualityFocal', qualityFocal);
  readonly distributionFocal = this.#loss('distributionFocal', distributionFocal);
  readonly boxIou = this.#loss('boxIou', boxIou);
  readonly #waits = new Waits();
  #backend: LossBackend | null;

  constructor(backend: LossBackend) {
    this.#backend = backend;
    this.backend = backend.name;
    this.backendReason = backend.reason;
  }

  get threads(): number {
    return this.#backend?.threads ?? 1;
  }

  get threadsReason(): string {
    return this.#backend?.threadsReason ?? 'the losses are disposed';
  }

  allocate(shape: readonly number[]): Tensor {
    const backend = this.#live('allocate');
    const [length, sizes] = reading('allocate', () => validateShape('allocate: shape', shape));
    return { data: backend.allocate(length), shape: sizes };
  }

  dispose(): void {
    this.#backend?.dispose();
    this.#backend = null;
    this.#waits.fail(disposed);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #loss(action: string, loss: LossModule): AnyLoss {
    const call = async (input: unknown, target: unknown, options: unknown) => {
      const stages = evaluate(this.#live(action), action, loss, input, target, options);
      return run(action, stages, this.#waits);
    };
    return call as AnyLoss;
  }

  #live(action: string): LossBackend {
    if (this.#backend) return this.#backend;
    throw disposed(action);
  }
}

function disposed(action: string): DetlossError {
  return new DetlossError('DISPOSED', `${action}: needs live losses, these are disposed`);
}
