import { nameOfBox } from '../model/explain.ts';
import { boxesHere, selectedId } from '../model/state.ts';
import { handlesIn, placeIn } from './boxes.tsx';
import { LABEL_HEIGHT, type LabelText, placeLabels } from './place-labels.ts';
import type { StageSize } from './stage-size.ts';

/** Space at both sides of a label's text, and from the text's baseline to the label's lower edge. */
const [SIDE, BASELINE] = [6, 6];

/** Names of all boxes of the image, above all outlines. A label that has no room is shortened to the number, or left out. */
export function BoxLabels({ size }: { size: StageSize }) {
  if (size.width === 0) return null;
  const labels = placeLabels(
    boxesHere.value.map((box, index) => ({
      place: placeIn(box, size),
      full: labelText(nameOfBox(index)),
      short: labelText(`${index + 1}`),
      isChosen: box.id === selectedId.value,
    })),
    handlesIn(size).map(({ knob }) => knob),
    size,
  );
  return (
    <g>
      {boxesHere.value.map(({ id }, index) => {
        const label = labels[index];
        if (!label) return null;
        const { x, y, width, height, text } = label;
        return (
          <g key={id} class={id === selectedId.value ? 'label chosen' : 'label'} data-box={id}>
            <rect x={x} y={y} width={width} height={height} />
            <text x={x + SIDE} y={y + LABEL_HEIGHT - BASELINE}>
              {text}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function labelText(text: string): LabelText {
  return { text, width: widthOf(text) + 2 * SIDE };
}

const widths = new Map<string, number>();
let context: OffscreenCanvasRenderingContext2D | null = null;

/** Width of a text in the font of the labels, CSS pixels. */
function widthOf(text: string): number {
  const known = widths.get(text);
  if (known !== undefined) return known;
  context ??= new OffscreenCanvas(1, 1).getContext('2d');
  if (!context) return 0;
  context.font = `600 12px ${getComputedStyle(document.body).fontFamily}`;
  const { width } = context.measureText(text);
  widths.set(text, width);
  return width;
}
