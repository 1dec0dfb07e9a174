import {
  createDetectionLoss,
  type DetectionLoss,
  type DetectionTargets,
  type DetectionValueAndGrad,
  type Tensor,
} from 'detloss';
import type { HeadConfig } from './scene.ts';
import { configOf, type Settings } from './settings.ts';

/** Arguments of the criterion. */
export interface Question {
  head: HeadConfig;
  settings: Settings;
  feats: readonly Tensor[];
  targets: DetectionTargets;
}

/** Result of the criterion. */
export interface Evaluation extends DetectionValueAndGrad {
  /** Duration of the call in milliseconds, without creating the criterion. */
  time: number;
  backend: 'wasm' | 'webgpu';
  backendReason: string;
}

/** Evaluates one question after another, and reuses criterion and gradients from one to the next. */
export class Evaluator {
  #criterion: DetectionLoss | undefined;
  #head: HeadConfig | undefined;
  #settings: Settings | undefined;
  #out: Tensor[] | undefined;

  /** @throws {DetlossError} the package refused the question; the evaluator still works */
  async evaluate({ head, settings, feats, targets }: Question): Promise<Evaluation> {
    const criterion = await this.#criterionFor(head, settings);
    const start = performance.now();
    const result = await criterion.valueAndGrad(feats, targets, { out: this.#fittingOut(feats) });
    const time = performance.now() - start;
    this.#out = result.grads;
    const { backend, backendReason } = criterion;
    return { ...result, time, backend, backendReason };
  }

  dispose(): void {
    this.#criterion?.dispose();
  }

  async #criterionFor(head: HeadConfig, settings: Settings): Promise<DetectionLoss> {
    const known = this.#criterion;
    if (known && this.#head === head && this.#settings === settings) return known;
    const criterion = await createDetectionLoss(configOf(head, settings));
    known?.dispose();
    [this.#criterion, this.#head, this.#settings] = [criterion, head, settings];
    return criterion;
  }

  #fittingOut(feats: readonly Tensor[]): Tensor[] | undefined {
    const out = this.#out;
    const fits =
      out?.length === feats.length && out.every(({ shape }, l) => same(shape, feats[l].shape));
    return fits ? out : undefined;
  }
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, k) => size === b[k]);
}
