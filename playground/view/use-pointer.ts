import type { Signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { addBox, type Edges, edgesOf, moveEdges, shift } from '../model/edit.ts';
import type { TargetBox } from '../model/scene.ts';
import { boxesHere, inspected, scene, selectedBox, selectedId } from '../model/state.ts';
import { cancel } from '../model/undo.ts';
import { inspectAt } from './inspect.ts';
import type { StageSize } from './stage-size.ts';

/** A point of the image, normalised. */
interface Point {
  x: number;
  y: number;
}

/** Action of a pointer that is down. Its changes are undone together. */
type Drag =
  | { kind: 'move'; box: TargetBox; from: Point }
  /** The corner at the pointer follows it, the opposite corner stays. */
  | { kind: 'stretch'; id: number; across: Point }
  /** Draws a new box once the pointer has moved far enough. */
  | { kind: 'draw'; from: Point; id: number | undefined };

/** Distance in CSS pixels beyond which a pointer draws a box instead of clicking. */
const FAR = 6;

/** Handles pointers on the stage: hovering inspects cells; dragging moves, stretches and draws boxes. */
export function usePointer(size: Signal<StageSize>) {
  const drag = useRef<Drag | undefined>(undefined);

  const pointOf = (event: PointerEvent): Point => {
    const frame = (event.currentTarget as Element).getBoundingClientRect();
    return {
      x: (event.clientX - frame.left) / frame.width,
      y: (event.clientY - frame.top) / frame.height,
    };
  };

  return {
    onPointerDown(event: PointerEvent) {
      if (!scene.value || event.button !== 0) return;
      const point = pointOf(event);
      drag.current = startDrag(event, point);
      if (drag.current) (event.currentTarget as Element).setPointerCapture(event.pointerId);
      if (event.pointerType === 'touch') inspectAt(point.x, point.y);
      else if (drag.current?.kind !== 'draw') inspected.value = undefined;
    },
    onPointerMove(event: PointerEvent) {
      const point = pointOf(event);
      if (drag.current) continueDrag(drag.current, point, size.value);
      else if (event.pointerType !== 'touch') inspectAt(point.x, point.y);
    },
    onPointerUp(event: PointerEvent) {
      const id = drag.current && boxOf(drag.current);
      if (id !== undefined) focusBox(event.currentTarget as Element, id);
      drag.current = undefined;
    },
    onPointerCancel() {
      if (drag.current) cancel(drag.current);
      drag.current = undefined;
    },
  };
}

/** Box that a pointer moves, stretches or has drawn. */
function boxOf(drag: Drag): number | undefined {
  return drag.kind === 'move' ? drag.box.id : drag.id;
}

/** Has a box take keys. Chromium does so where a box is clicked, Firefox and WebKit do not. */
function focusBox(stage: Element, id: number): void {
  stage.querySelector<SVGElement>(`[data-box="${id}"]`)?.focus({ preventScroll: true });
}

function startDrag(event: PointerEvent, point: Point): Drag | undefined {
  const target = event.target as Element;
  const isTouch = event.pointerType === 'touch';
  const corner = target.closest('[data-corner]')?.getAttribute('data-corner');
  const chosen = selectedBox.value;
  if (corner && chosen)
    return { kind: 'stretch', id: chosen.id, across: acrossFrom(corner, edgesOf(chosen)) };

  const id = target.closest('[data-box]')?.getAttribute('data-box');
  const box = boxesHere.value.find((other) => other.id === Number(id));
  if (!box) return isTouch ? undefined : { kind: 'draw', from: point, id: undefined };
  // A finger on a box that is not chosen yet scrolls the page
  const isDraggable = !isTouch || box.id === chosen?.id;
  selectedId.value = box.id;
  return isDraggable ? { kind: 'move', box, from: point } : undefined;
}

function continueDrag(drag: Drag, point: Point, { width, height }: StageSize): void {
  if (drag.kind === 'move') {
    shift(drag.box, point.x - drag.from.x, point.y - drag.from.y, drag);
  } else if (drag.kind === 'stretch') {
    moveEdges(drag.id, between(drag.across, point), drag);
  } else {
    const [dx, dy] = [(point.x - drag.from.x) * width, (point.y - drag.from.y) * height];
    if (drag.id === undefined && Math.hypot(dx, dy) < FAR) return;
    const edges = between(drag.from, point);
    if (drag.id === undefined) drag.id = addBox(edges, drag).id;
    else moveEdges(drag.id, edges, drag);
  }
}

function acrossFrom(corner: string, { left, top, right, bottom }: Edges): Point {
  return { x: corner.includes('left') ? right : left, y: corner.includes('top') ? bottom : top };
}

function between(a: Point, b: Point): Edges {
  return { left: a.x, top: a.y, right: b.x, bottom: b.y };
}
