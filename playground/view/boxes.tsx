import { type Edges, edgesOf } from '../model/edit.ts';
import { nameOfBox } from '../model/explain.ts';
import { grownEdges } from '../model/grown-box.ts';
import type { TargetBox } from '../model/scene.ts';
import { boxesHere, selectedBox, selectedId } from '../model/state.ts';
import { handleBoxKey } from './box-keys.ts';
import type { StageSize } from './stage-size.ts';

/** Position of a corner of a box. */
export interface Corner {
  horizontal: 'left' | 'right';
  vertical: 'top' | 'bottom';
}

const CORNERS: Corner[] = [
  { horizontal: 'left', vertical: 'top' },
  { horizontal: 'right', vertical: 'top' },
  { horizontal: 'left', vertical: 'bottom' },
  { horizontal: 'right', vertical: 'bottom' },
];
/** Sides of a corner handle in CSS pixels: the visible square, and the area that a finger needs. */
const [SEEN, TOUCHED] = [9, 28];

/** Outlines of all boxes of the image, small boxes on top so that each can be reached. */
export function BoxOutlines({ size }: { size: StageSize }) {
  const ordered = [...boxesHere.value].sort((a, b) => b.w * b.h - a.w * a.h);
  return (
    <>
      {ordered.map((box) => (
        <Outline key={box.id} box={box} size={size} />
      ))}
    </>
  );
}

function Outline({ box, size }: { box: TargetBox; size: StageSize }) {
  const index = boxesHere.value.indexOf(box);
  const isChosen = box.id === selectedId.value;
  const place = placeIn(box, size);
  const grown = grownEdges(box);
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button
    <g
      class={isChosen ? 'box chosen' : 'box'}
      data-box={box.id}
      role="button"
      tabindex={0}
      aria-pressed={isChosen}
      aria-label={`Box ${nameOfBox(index)}: arrow keys move it, with Shift they resize it, Delete removes it`}
      onFocus={() => {
        selectedId.value = box.id;
      }}
      onKeyDown={(event) => handleBoxKey(event, box, size)}
    >
      <rect class="halo" {...place} />
      <rect class="outline" {...place} />
      {grown && <rect class="grown" {...placeOf(grown, size)} />}
    </g>
  );
}

/** Handles at the corners of the chosen box. */
export function BoxHandles({ size }: { size: StageSize }) {
  return (
    <>
      {handlesIn(size).map(({ horizontal, vertical, grip, knob }) => {
        const corner = `${vertical} ${horizontal}`;
        return (
          <g key={corner} data-corner={corner} class={`handle ${vertical}-${horizontal}`}>
            <rect class="grip" {...grip} />
            <rect class="knob" {...knob} />
          </g>
        );
      })}
    </>
  );
}

/** Corners of the chosen box: the square that a pointer can grip, and the one that is seen. */
export function handlesIn(size: StageSize) {
  const box = selectedBox.value;
  if (!box) return [];
  const { x, y, width, height } = placeIn(box, size);
  return CORNERS.map(({ horizontal, vertical }) => {
    const cx = horizontal === 'left' ? x : x + width;
    const cy = vertical === 'top' ? y : y + height;
    const [grip, knob] = [TOUCHED, SEEN].map((side) => square(cx, cy, side));
    return { horizontal, vertical, grip, knob };
  });
}

function square(cx: number, cy: number, side: number) {
  return { x: cx - side / 2, y: cy - side / 2, width: side, height: side };
}

/** Rectangle of a box on the stage, CSS pixels. */
export function placeIn(box: TargetBox, size: StageSize) {
  return placeOf(edgesOf(box), size);
}

function placeOf({ left, top, right, bottom }: Edges, { width, height }: StageSize) {
  return {
    x: left * width,
    y: top * height,
    width: (right - left) * width,
    height: (bottom - top) * height,
  };
}
