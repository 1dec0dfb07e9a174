import { computed, signal } from '@preact/signals';
import { extend, NO_CURVES } from './curves.ts';
import type { Evaluation } from './evaluate.ts';
import { largestIn, settled } from './session.ts';
import * as state from './state.ts';
import { curves, descent, evaluation, feats } from './state.ts';
import { edit } from './undo.ts';

/** Standard deviation of the noise, in logits: enough to scatter most boxes. */
const NOISE = 3;

export const isDescending = computed(() => descent.value !== undefined);
/** Factor of the gradient. It is large because gradients are small: the loss is divided by the sum of scores. */
export const learningRate = signal(20);

/** Takes one step per frame until it is stopped. All steps are one edit. */
export async function descend(): Promise<void> {
  const run = {};
  descent.value = run;
  while (descent.peek() === run) {
    await takeStep(run);
    await new Promise(requestAnimationFrame);
  }
}

export function stopDescending(): void {
  descent.value = undefined;
}

/** Takes one step: predictions ← predictions − rate · gradient. */
export async function takeStep(gesture: object = {}): Promise<void> {
  const start = feats.peek();
  await settled();
  const before = evaluation.peek();
  // The predictions were replaced meanwhile, for example by "Reset"
  if (!before || feats.peek() !== start) return;
  edit((mayOverwrite) => {
    if (curves.peek().step.length === 0) curves.value = extend(NO_CURVES, before);
    feats.value = stepFrom(before, mayOverwrite);
  }, gesture);
  const end = feats.peek();
  await settled();
  const after = evaluation.peek();
  if (feats.peek() !== end) return;
  // The evaluation failed, and the page shows its error
  if (!after || after === before) stopDescending();
  else {
    edit(() => {
      curves.value = extend(curves.peek(), after);
    }, gesture);
  }
}

/** Whether predictions or boxes are others than those of the scene. */
export const isChanged = computed(() => {
  const opened = state.scene.value;
  return feats.value !== opened?.feats || state.boxes.value !== opened?.boxes;
});

/** Restores predictions and boxes as they were opened. */
export function reset(): void {
  stopDescending();
  const opened = state.scene.peek();
  if (!opened) return;
  edit(() => {
    curves.value = NO_CURVES;
    feats.value = opened.feats;
    state.boxes.value = opened.boxes;
    if (!state.selectedBox.peek()) state.selectedId.value = largestIn(opened, state.image.peek());
  });
}

/** Adds noise to every prediction, so that descending has something to correct. */
export function scatterPredictions(): void {
  stopDescending();
  edit(() => {
    curves.value = NO_CURVES;
    feats.value = feats.peek().map(({ data, shape }) => {
      return { data: data.map((logit) => logit + NOISE * normal()), shape };
    });
  });
}

function stepFrom({ grads }: Evaluation, inPlace: boolean) {
  const rate = learningRate.peek();
  return feats.peek().map(({ data: given, shape }, l) => {
    const data = inPlace ? given : given.slice();
    const { data: slope } = grads[l];
    for (let i = 0; i < data.length; i++) data[i] -= rate * slope[i];
    return { data, shape };
  });
}

/** Draws a standard normal number by the method of Box and Muller. */
function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
