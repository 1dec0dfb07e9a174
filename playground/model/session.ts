import { batch, effect } from '@preact/signals';
import { BackendError } from 'detloss';
import { NO_CURVES } from './curves.ts';
import { Evaluator, type Question } from './evaluate.ts';
import type { Scene } from './scene.ts';
import type { Settings } from './settings.ts';
import * as state from './state.ts';
import { targetsOf } from './targets.ts';
import { forgetEdits } from './undo.ts';

const evaluator = new Evaluator();
let underWay: Promise<void> | undefined;
let isStale = false;

/** Starts to evaluate the loss after every change that it depends on. */
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

/** Resolves when `evaluation` belongs to the current state. */
export async function settled(): Promise<void> {
  await underWay;
}

/**
 * Shows another scene.
 *
 * @throws {Error} the package refuses the scene; the previous scene stays
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
    state.feats.value = feats;
    state.curves.value = NO_CURVES;
    state.descent.value = undefined;
    state.boxes.value = boxes;
    state.image.value = 0;
    state.selectedId.value = largestIn(scene, 0);
    state.shownLevel.value = 'all';
    state.inspected.value = undefined;
    forgetEdits();
  });
}

/** Finds the id of the largest box of an image, which is chosen first. */
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

/** Shows the error and, if it came from the GPU, continues on WASM. */
function giveWay(error: unknown): void {
  const { backend } = state.settings.peek();
  state.showError(error);
  if (!(error instanceof BackendError) || backend !== 'webgpu') return;
  const hint = isSecureContext ? '' : ' (Browsers offer it only to pages from https or localhost.)';
  const text = `WebGPU is missing here. ${error.message}${hint}`;
  state.whyNoGpu.value = text;
  state.notice.value = { kind: 'error', text };
  state.settings.value = { ...state.settings.peek(), backend: 'wasm' };
}
