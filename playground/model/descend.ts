import { signal } from '@preact/signals';
import type { Evaluation } from './evaluate.ts';
import { copyOf, settled } from './session.ts';
import { evaluation, feats, scene } from './state.ts';

/** Loss of every step so far, one column per curve. */
export interface History {
  step: number[];
  total: number[];
  box: number[];
  cls: number[];
  dfl: number[];
}

const NO_HISTORY: History = { step: [], total: [], box: [], cls: [], dfl: [] };
/** Standard deviation of the noise, in logits: enough to scatter most boxes. */
const NOISE = 3;

export const isDescending = signal(false);
/** Factor of the gradient. It is large because gradients are small: the loss is divided by the sum of scores. */
export const learningRate = signal(20);
export const history = signal(NO_HISTORY);

/** Takes one step per frame until it is stopped. */
export async function descend(): Promise<void> {
  isDescending.value = true;
  while (isDescending.value) {
    await takeStep();
    await new Promise(requestAnimationFrame);
  }
}

export function stopDescending(): void {
  isDescending.value = false;
}

/** Takes one step: predictions ← predictions − rate · gradient. */
export async function takeStep(): Promise<void> {
  await settled();
  const before = evaluation.peek();
  if (!before) return;
  if (history.peek().step.length === 0) record(before);
  feats.value = feats.peek().map(({ data, shape }, l) => {
    const { data: slope } = before.grads[l];
    const rate = learningRate.peek();
    for (let i = 0; i < data.length; i++) data[i] -= rate * slope[i];
    return { data, shape };
  });
  await settled();
  const after = evaluation.peek();
  // The evaluation failed, and the page shows its error
  if (!after || after === before) stopDescending();
  else record(after);
}

/** Restores the predictions as they were opened. */
export function resetPredictions(): void {
  stopDescending();
  history.value = NO_HISTORY;
  const opened = scene.peek();
  if (opened) feats.value = copyOf(opened);
}

/** Adds noise to every prediction, so that descending has something to correct. */
export function scatterPredictions(): void {
  stopDescending();
  history.value = NO_HISTORY;
  feats.value = feats.peek().map(({ data, shape }) => {
    return { data: data.map((logit) => logit + NOISE * normal()), shape };
  });
}

function record({ total, items: { box, cls, dfl } }: Evaluation): void {
  const { step, ...columns } = history.peek();
  history.value = {
    step: [...step, step.length],
    total: [...columns.total, total],
    box: [...columns.box, box],
    cls: [...columns.cls, cls],
    dfl: [...columns.dfl, dfl],
  };
}

/** Draws a standard normal number by the method of Box and Muller. */
function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
