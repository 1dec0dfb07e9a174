import { batch, effect } from '@preact/signals';
import { BackendError } from 'detloss';
import { Evaluator, type Question } from './evaluate.ts';
import type { Scene } from './scene.ts';
import type { Settings } from './settings.ts';
import * as state from './state.ts';
import { targetsOf } from './targets.ts';

const evaluator = new Evaluator();
let underWay: Promise<void> | undefined;
let isStale = false;

/** Evaluates whenever something changes that the loss depends on. */
export function startEvaluating(): void {
  effect(() => {
    const question = currentQuestion();
    if (!question) return;
    isStale = true;
    underWay ??= evaluateUntilFresh().finally(() => {
      underWay = undefined;
    });
  });
}

/** Resolves when `evaluation` is of what is set now. */
export async function settled(): Promise<void> {
  await underWay;
}

/**
 * Shows another scene.
 *
 * @throws {Error} the package refuses it; the scene before stays
 */
export async function openScene(scene: Scene): Promise<void> {
  const trial = new Evaluator();
  const { boxes, head, feats } = scene;
  const settings: Settings = { ...state.settings.peek(), backend: 'wasm' };
  try {
    await trial.evaluate({ head, settings, feats, targets: targetsOf(boxes) });
  } finally {
    trial.dispose();
  }
  batch(() => {
    state.scene.value = scene;
    state.feats.value = copyOf(scene);
    state.boxes.value = boxes;
    state.image.value = 0;
    state.selectedId.value = largestIn(scene, 0);
    state.shownLevel.value = 'all';
    state.inspected.value = undefined;
  });
}

/** The predictions as they were opened, to be worked on. */
export function copyOf({ feats }: Scene) {
  return feats.map(({ data, shape }) => ({ data: data.slice(), shape }));
}

/** The box that shows most: what is looked at first. */
export function largestIn({ boxes }: Pick<Scene, 'boxes'>, image: number): number | undefined {
  const here = boxes.filter((box) => box.image === image);
  return here.sort((a, b) => b.w * b.h - a.w * a.h)[0]?.id;
}

function currentQuestion(): Question | undefined {
  const [scene, feats, boxes] = [state.scene.value, state.feats.value, state.boxes.value];
  const settings = state.settings.value;
  return scene && { head: scene.head, settings, feats, targets: targetsOf(boxes) };
}

async function evaluateUntilFresh(): Promise<void> {
  while (isStale) {
    isStale = false;
    const question = currentQuestion();
    if (!question) return;
    try {
      state.evaluation.value = await evaluator.evaluate(question);
    } catch (error) {
      giveWay(error);
    }
  }
}

/** Says what went wrong; where it was the GPU, goes on with WASM. */
function giveWay(error: unknown): void {
  const { backend } = state.settings.peek();
  state.showError(error);
  if (!(error instanceof BackendError) || backend !== 'webgpu') return;
  const hint = isSecureContext ? '' : ' (Pages have it from https or localhost alone.)';
  const text = `WebGPU is missing here. ${error.message}${hint}`;
  state.whyNoGpu.value = text;
  state.notice.value = { kind: 'error', text };
  state.settings.value = { ...state.settings.peek(), backend: 'wasm' };
}
