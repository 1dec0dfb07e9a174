import { edgesOf, moveEdges, removeBox, shift } from '../model/edit.ts';
import type { TargetBox } from '../model/scene.ts';
import { selectedId } from '../model/state.ts';
import type { StageSize } from './stage-size.ts';

/** Distance that one key press moves a box, CSS pixels. */
const STEP = 4;
const ARROWS: Record<string, [dx: number, dy: number]> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/** Key press whose changes are undone together, from its first event to the last that it repeats. */
let press = {};

/** Arrow keys move a box, or with Shift its right and lower edge; Delete and Backspace remove it. */
export function handleBoxKey(event: KeyboardEvent, box: TargetBox, size: StageSize): void {
  const arrow = ARROWS[event.key];
  if (arrow) {
    event.preventDefault();
    if (!event.repeat) press = {};
    const [dx, dy] = [arrow[0] / size.width, arrow[1] / size.height];
    if (event.shiftKey) {
      const edges = edgesOf(box);
      const right = Math.max(edges.right + dx, edges.left);
      const bottom = Math.max(edges.bottom + dy, edges.top);
      moveEdges(box.id, { ...edges, right, bottom }, press);
    } else {
      shift(box, dx, dy, press);
    }
  } else if (event.key === 'Delete' || event.key === 'Backspace') {
    event.preventDefault();
    removeBox(box.id);
    focusChosen(event.currentTarget as SVGElement);
  }
}

/** Moves the focus to the chosen box, because the removed box took the focus with it. */
function focusChosen({ ownerSVGElement }: SVGElement): void {
  requestAnimationFrame(() => {
    const chosen = ownerSVGElement?.querySelector<SVGElement>(`[data-box="${selectedId.peek()}"]`);
    chosen?.focus();
  });
}
