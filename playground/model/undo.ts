import { batch, computed, signal } from '@preact/signals';
import type { Tensor } from 'detloss';
import type { Curves } from './curves.ts';
import type { TargetBox } from './scene.ts';
import type { Settings } from './settings.ts';
import * as state from './state.ts';

/** Everything that an edit may change, and the image and the box in view. */
interface Snapshot {
  boxes: readonly TargetBox[];
  settings: Settings;
  feats: readonly Tensor[];
  curves: Curves;
  image: number;
  selectedId: number | undefined;
}

interface Edit {
  before: Snapshot;
  after: Snapshot;
  /** Identifies the drag, held key or descent that the edit belongs to. */
  gesture: object | undefined;
}

/** Number of edits, and bytes of predictions among them, that undo remembers. */
const [MOST, MOST_BYTES] = [200, 2 ** 28];

const edits = signal<readonly Edit[]>([]);
/** Number of edits that are done; the others have been undone. */
const done = signal(0);

export const canUndo = computed(() => done.value > 0);
export const canRedo = computed(() => done.value < edits.value.length);

/**
 * Makes a change that can be undone. Changes of one gesture are undone together; if another edit was made meanwhile, as
 * when a box is dragged during a descent, the gesture goes on as a part of that edit.
 *
 * @param change is told whether it may overwrite the predictions in place, because undo does not need them
 */
export function edit(change: (mayOverwrite: boolean) => void, gesture?: object): void {
  const before = snapshot();
  const earlier = edits.peek().slice(0, done.peek());
  const goesOn = gesture !== undefined && earlier.some((other) => other.gesture === gesture);
  const latest = goesOn ? earlier.pop() : undefined;
  batch(() => change(latest !== undefined && latest.before.feats !== before.feats));
  const after = snapshot();
  if (latest) keep([...earlier, { ...latest, after }]);
  else if (differ(before, after)) keep([...earlier, { before, after, gesture }]);
}

export function undo(): void {
  if (!canUndo.peek()) return;
  show(edits.peek()[done.peek() - 1].before);
  done.value--;
}

export function redo(): void {
  if (!canRedo.peek()) return;
  show(edits.peek()[done.peek()].after);
  done.value++;
}

/** Takes back the edit of a gesture that was interrupted. */
export function cancel(gesture: object): void {
  if (edits.peek()[done.peek() - 1]?.gesture !== gesture) return;
  undo();
  keep(edits.peek().slice(0, done.peek()));
}

/** Forgets all edits, because another scene was opened. */
export function forgetEdits(): void {
  keep([]);
}

function snapshot(): Snapshot {
  return {
    boxes: state.boxes.peek(),
    settings: state.settings.peek(),
    feats: state.feats.peek(),
    curves: state.curves.peek(),
    image: state.image.peek(),
    selectedId: state.selectedId.peek(),
  };
}

/** Restores a snapshot, except for the backend: choosing it is no edit. A running descent ends. */
function show({ boxes, settings, feats, curves, image, selectedId }: Snapshot): void {
  const { backend } = state.settings.peek();
  batch(() => {
    state.descent.value = undefined;
    state.boxes.value = boxes;
    if (!isSame(settings, state.settings.peek())) state.settings.value = { ...settings, backend };
    state.feats.value = feats;
    state.curves.value = curves;
    state.image.value = image;
    state.selectedId.value = selectedId;
    state.inspected.value = undefined;
  });
}

function differ(a: Snapshot, b: Snapshot): boolean {
  return a.feats !== b.feats || !isSame(a.settings, b.settings) || !isSame(a.boxes, b.boxes);
}

function isSame(a: object, b: object): boolean {
  const text = (value: object) =>
    JSON.stringify(value, (key, inner) => (key === 'backend' ? undefined : inner));
  return a === b || text(a) === text(b);
}

function keep(kept: readonly Edit[]): void {
  let from = Math.max(kept.length - MOST, 0);
  while (from < kept.length - 1 && bytesOf(kept.slice(from)) > MOST_BYTES) from++;
  batch(() => {
    edits.value = kept.slice(from);
    done.value = kept.length - from;
  });
}

/** Bytes of the predictions that the edits hold. Those of most edits are the same. */
function bytesOf(kept: readonly Edit[]): number {
  const held = new Set(kept.flatMap(({ before, after }) => [before.feats, after.feats]).flat());
  const buffers = new Set([...held].map(({ data }) => data));
  return [...buffers].reduce((sum, data) => sum + data.byteLength, 0);
}
