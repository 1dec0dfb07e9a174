import { edgesOf } from '../model/edit.ts';
import { nameOfBox } from '../model/explain.ts';
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
const [LABEL_HEIGHT, LETTER] = [20, 6.9];

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
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button
    <g
      class={isChosen ? 'box chosen' : 'box'}
      data-box={box.id}
      role="button"
      tabIndex={0}
      aria-pressed={isChosen}
      aria-label={`Box ${nameOfBox(index)}: arrow keys move it, with Shift they resize it, Delete removes it`}
      onFocus={() => {
        selectedId.value = box.id;
      }}
      onKeyDown={(event) => handleBoxKey(event, box, size)}
    >
      <rect class="halo" {...place} />
      <rect class="outline" {...place} />
      <Label text={nameOfBox(index)} x={place.x} y={place.y} />
    </g>
  );
}

function Label({ text, x, y }: { text: string; x: number; y: number }) {
  const top = y >= LABEL_HEIGHT ? y - LABEL_HEIGHT : y;
  return (
    <>
      <rect
        class="label"
        x={x - 1}
        y={top}
        width={text.length * LETTER + 12}
        height={LABEL_HEIGHT}
      />
      <text x={x + 5} y={top + LABEL_HEIGHT - 6}>
        {text}
      </text>
    </>
  );
}

/** Handles at the corners of the chosen box. */
export function BoxHandles({ size }: { size: StageSize }) {
  const box = selectedBox.value;
  if (!box) return null;
  const { x, y, width, height } = placeIn(box, size);
  return (
    <>
      {CORNERS.map(({ horizontal, vertical }) => {
        const cx = horizontal === 'left' ? x : x + width;
        const cy = vertical === 'top' ? y : y + height;
        const shared = {
          'data-corner': `${vertical} ${horizontal}`,
          class: `handle ${vertical}-${horizontal}`,
        };
        return (
          <g key={`${vertical} ${horizontal}`} {...shared}>
            <rect class="grip" {...square(cx, cy, TOUCHED)} />
            <rect class="knob" {...square(cx, cy, SEEN)} />
          </g>
        );
      })}
    </>
  );
}

function square(cx: number, cy: number, side: number) {
  return { x: cx - side / 2, y: cy - side / 2, width: side, height: side };
}

function placeIn(box: TargetBox, size: StageSize) {
  const { left, top } = edgesOf(box);
  return {
    x: left * size.width,
    y: top * size.height,
    width: box.w * size.width,
    height: box.h * size.height,
  };
}
