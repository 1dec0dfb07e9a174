import { classNameOf, createBox, type TargetBox } from './scene.ts';
import { boxes, boxesHere, image, scene, selectedBox, selectedId } from './state.ts';
import { edit } from './undo.ts';

/** Smallest width and height, normalised, that a finger can still grasp. */
const SMALLEST = 0.01;

/** A box by its edges, normalised. */
export interface Edges {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export function edgesOf({ x, y, w, h }: TargetBox): Edges {
  return { left: x - w / 2, top: y - h / 2, right: x + w / 2, bottom: y + h / 2 };
}

/** Sets the edges of a box, given in any order, and keeps it within the image. */
export function moveEdges(id: number, edges: Edges, gesture?: object): void {
  change(id, placeOf(edges), gesture);
}

/** Moves a box as a whole, and keeps it within the image. */
export function shift({ id, x, y, w, h }: TargetBox, dx: number, dy: number, gesture?: object) {
  const moved = {
    x: Math.min(Math.max(x + dx, w / 2), 1 - w / 2),
    y: Math.min(Math.max(y + dy, h / 2), 1 - h / 2),
  };
  change(id, moved, gesture);
}

export function setClass(id: number, cls: number): void {
  change(id, { cls });
}

/** Adds a box with the class of the chosen box, and chooses it. */
export function addBox(edges: Edges, gesture?: object): TargetBox {
  const cls = selectedBox.peek()?.cls ?? boxesHere.peek()[0]?.cls ?? 0;
  const box = createBox({ image: image.peek(), cls, ...placeOf(edges) });
  edit(() => {
    boxes.value = [...boxes.peek(), box];
    selectedId.value = box.id;
  }, gesture);
  return box;
}

/** Removes a box and chooses its neighbour in the list. */
export function removeBox(id: number): void {
  const here = boxesHere.peek();
  const place = here.findIndex((box) => box.id === id);
  edit(() => {
    boxes.value = boxes.peek().filter((box) => box.id !== id);
    selectedId.value = (here[place + 1] ?? here[place - 1])?.id;
  });
}

/** Classes that have a name, and those of the scene's boxes; all classes if none has a name. */
export function knownClasses(): { cls: number; name: string }[] {
  const opened = scene.value;
  if (!opened) return [];
  const named = Object.keys(opened.classNames).map(Number);
  const all = Array.from({ length: opened.head.numClasses }, (_, cls) => cls);
  const found = new Set([...(named.length > 0 ? named : all), ...boxes.value.map((b) => b.cls)]);
  return [...found].sort((a, b) => a - b).map((cls) => ({ cls, name: classNameOf(opened, cls) }));
}

function change(id: number, changed: Partial<TargetBox>, gesture?: object): void {
  edit(() => {
    boxes.value = boxes.peek().map((box) => (box.id === id ? { ...box, ...changed } : box));
  }, gesture);
}

function placeOf({ left, top, right, bottom }: Edges) {
  const [x1, x2] = spanOf(left, right);
  const [y1, y2] = spanOf(top, bottom);
  return { x: (x1 + x2) / 2, y: (y1 + y2) / 2, w: x2 - x1, h: y2 - y1 };
}

function spanOf(a: number, b: number): [number, number] {
  const from = Math.min(Math.max(Math.min(a, b), 0), 1 - SMALLEST);
  const to = Math.max(Math.min(Math.max(a, b), 1), from + SMALLEST);
  return [from, to];
}
