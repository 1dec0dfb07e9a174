import { computed, signal } from '@preact/signals';
import type { Tensor } from 'detloss';
import type { Evaluation } from './evaluate.ts';
import type { Scene, TargetBox } from './scene.ts';
import { DEFAULTS, type Settings } from './settings.ts';
import { boxesIn } from './targets.ts';

/** What the criterion is given. */
export const scene = signal<Scene | undefined>(undefined);
/** The predictions at work: the scene's, until "Descend" moves them. */
export const feats = signal<readonly Tensor[]>([]);
export const boxes = signal<readonly TargetBox[]>([]);
export const settings = signal<Settings>(DEFAULTS);

/** What it gave: undefined before the first result. */
export const evaluation = signal<Evaluation | undefined>(undefined);

/** What is looked at. */
export const image = signal(0);
export const selectedId = signal<number | undefined>(undefined);
export const layer = signal<'assignment' | 'gradient'>('assignment');
/** A level's index, or all of them. */
export const shownLevel = signal<number | 'all'>('all');
/** Anchor of the cell whose numbers are shown. */
export const inspected = signal<number | undefined>(undefined);

/** Something the reader must know; an error stays until it is dismissed or overtaken. */
export const notice = signal<{ kind: 'error' | 'info'; text: string } | undefined>(undefined);

/** Why WebGPU, when it was asked for, could not be had. */
export const whyNoGpu = signal<string | undefined>(undefined);

export const boxesHere = computed(() => boxesIn(boxes.value, image.value));
export const selectedBox = computed(() =>
  boxesHere.value.find(({ id }) => id === selectedId.value),
);

export function showError(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  notice.value = { kind: 'error', text };
}
