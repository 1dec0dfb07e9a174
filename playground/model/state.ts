import { computed, signal } from '@preact/signals';
import type { Tensor } from 'detloss';
import { type Curves, NO_CURVES } from './curves.ts';
import type { Evaluation } from './evaluate.ts';
import type { Scene, TargetBox } from './scene.ts';
import { DEFAULTS, type Settings } from './settings.ts';
import { boxesIn } from './targets.ts';

/** Inputs of the criterion. */
export const scene = signal<Scene | undefined>(undefined);
/** Current predictions: those of the scene until "Descend" changes them. */
export const feats = signal<readonly Tensor[]>([]);
export const boxes = signal<readonly TargetBox[]>([]);
export const settings = signal<Settings>(DEFAULTS);

/** Losses of the descent so far. */
export const curves = signal<Curves>(NO_CURVES);
/** Descent that is running; undefined while none is. */
export const descent = signal<object | undefined>(undefined);

/** Latest result of the criterion; undefined before the first. */
export const evaluation = signal<Evaluation | undefined>(undefined);

/** Image and box in view. */
export const image = signal(0);
export const selectedId = signal<number | undefined>(undefined);
export const layer = signal<'assignment' | 'gradient'>('assignment');
/** Index of the level in view, or all levels. */
export const shownLevel = signal<number | 'all'>('all');
/** Anchor of the cell whose numbers the page shows. */
export const inspected = signal<number | undefined>(undefined);

/** Message to the reader; an error stays until the reader dismisses it or another message replaces it. */
export const notice = signal<{ kind: 'error' | 'info'; text: string } | undefined>(undefined);

/** Reason why WebGPU was requested but is not available. */
export const whyNoGpu = signal<string | undefined>(undefined);

export const boxesHere = computed(() => boxesIn(boxes.value, image.value));
export const selectedBox = computed(() =>
  boxesHere.value.find(({ id }) => id === selectedId.value),
);

export function showError(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  notice.value = { kind: 'error', text };
}
