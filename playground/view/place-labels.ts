import type { StageSize } from './stage-size.ts';

/** Rectangle on the stage, CSS pixels. */
export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Box that wants a label. */
export interface Labelled {
  place: Place;
  full: LabelText;
  /** Text for where the full one has no room. */
  short: LabelText;
  isChosen: boolean;
}

export interface LabelText {
  text: string;
  /** Width of the label with this text, CSS pixels. */
  width: number;
}

export interface Label extends Place {
  text: string;
}

export const LABEL_HEIGHT = 20;
/** Largest part of a box that a label may hide, unless no better place is left. */
const MOST_HIDDEN = 0.3;

/**
 * Places the labels at the edges of their boxes, so that no label overlaps another, or a handle, or leaves the stage. The
 * chosen box has the first choice, then small boxes, whose edges have the fewest places. If that leaves a box without a
 * label, every box gets its short text first, and then its full text where there is room.
 *
 * @param handles of the chosen box
 * @returns one label per box; undefined if there is no room for it
 */
export function placeLabels(
  boxes: readonly Labelled[],
  handles: readonly Place[],
  size: StageSize,
): (Label | undefined)[] {
  let labels: (Label | undefined)[] = boxes.map(() => undefined);
  const order = boxes.map((_, index) => index);
  order.sort((a, b) => urgencyOf(boxes[b]) - urgencyOf(boxes[a]));
  const place = (index: number, texts: readonly LabelText[]) => {
    const { place: own, isChosen } = boxes[index];
    const others = labels.filter((label, k) => label !== undefined && k !== index) as Label[];
    const taken = isChosen ? others : [...others, ...handles];
    const free = texts
      .flatMap((text) => placesFor(own, text, size))
      .filter((label) => taken.every((other) => areaOfBoth(label, other) === 0));
    const isClear = (label: Label) => boxes.every((box) => !hides(label, box.place));
    labels[index] = free.find(isClear) ?? labels[index] ?? free[0];
  };
  for (const index of order) place(index, [boxes[index].full, boxes[index].short]);
  if (labels.every(Boolean)) return labels;
  labels = boxes.map(() => undefined);
  for (const index of order) place(index, [boxes[index].short]);
  for (const index of order) place(index, [boxes[index].full]);
  return labels;
}

function urgencyOf({ place, isChosen }: Labelled): number {
  return isChosen ? Infinity : -place.width * place.height;
}

/** Places of a label at a box: above, inside and below, each at the left and at the right, then beside the box. */
function placesFor(box: Place, { text, width }: LabelText, size: StageSize): Label[] {
  const [left, right] = [box.x, box.x + box.width];
  const [top, bottom] = [Math.max(box.y, 0), Math.min(box.y + box.height, size.height)];
  const rows = [top - LABEL_HEIGHT, top, bottom, bottom - LABEL_HEIGHT];
  const places = rows.flatMap((y) => [
    { x: left - 1, y },
    { x: right + 1 - width, y },
  ]);
  return [...places, { x: right, y: top }, { x: left - width, y: top }]
    .filter(({ y }) => y >= 0 && y <= size.height - LABEL_HEIGHT)
    .map(({ x, y }) => {
      const within = Math.max(Math.min(x, size.width - width), 0);
      return { text, x: within, y, width, height: LABEL_HEIGHT };
    });
}

function hides(label: Place, box: Place): boolean {
  return areaOfBoth(label, box) > MOST_HIDDEN * box.width * box.height;
}

/** Area of the intersection of two rectangles. */
function areaOfBoth(a: Place, b: Place): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(width, 0) * Math.max(height, 0);
}
