import {
  BACKGROUND,
  CLASS_COLOURS,
  drawMark,
  LEVEL_SHAPES,
  strokeWithHalo,
  write,
} from './canvas-style.mjs';
import { placeLabel } from './place-label.mjs';
import { scoreColour } from './score-scale.mjs';

/** @import { SKRSContext2D } from '@napi-rs/canvas' */
/** @import { Scene } from './draw-assignment.mjs' */
/** @import { Rect } from './place-label.mjs' */

const LABEL_FONT = 'bold 24px';
const LABEL_PADDING = 8;
const LABEL_HEIGHT = 34;

/**
 * Draws one image's target boxes with their labels, and each box's positive anchors.
 *
 * @param {SKRSContext2D} context
 * @param {Scene} scene
 * @param {number} image
 * @param {Rect} frame where the image was drawn
 */
export function drawTargets(context, scene, image, frame) {
  const boxes = boxesOf(scene, image, frame);
  const marks = boxes.flatMap((box) => box.marks);
  for (const { left, top, width, height, colour } of boxes) {
    context.beginPath();
    context.rect(left, top, width, height);
    strokeWithHalo(context, colour, 3);
  }
  for (const { left, top, width, height, colour, marks } of boxes) {
    context.beginPath();
    for (const { x, y } of marks) {
      context.moveTo(left + width / 2, top + height / 2);
      context.lineTo(x, y);
    }
    strokeWithHalo(context, colour, 1.5);
  }
  const taken = marks.map(({ x, y, shape: { radius } }) => ({
    left: x - radius,
    top: y - radius,
    width: 2 * radius,
    height: 2 * radius,
  }));
  for (const box of boxes) taken.push(drawLabel(context, box, frame, taken));
  // Large marks come first, so that none hides another.
  marks.sort((a, b) => b.shape.radius - a.shape.radius);
  for (const mark of marks) drawMark(context, mark);
}

/**
 * Converts one image's targets to the frame's pixels, and chooses the style of box, label and marks.
 *
 * @param {Scene} scene
 * @param {number} image
 * @param {Rect} frame
 */
function boxesOf({ config, classNames, targets }, image, frame) {
  const [inputHeight, inputWidth] = config.imageSize;
  const [scaleX, scaleY] = [frame.width / inputWidth, frame.height / inputHeight];
  return targets
    .filter((target) => target.image === image)
    .map((target) => {
      const colour = CLASS_COLOURS[Object.keys(classNames).indexOf(`${target.cls}`)];
      return {
        left: target.left * scaleX,
        top: target.top * scaleY,
        width: target.width * scaleX,
        height: target.height * scaleY,
        label: `${target.index} ${classNames[target.cls]}${target.positives.length ? '' : ', unassigned'}`,
        colour,
        marks: target.positives.map(({ x, y, score, stride }) => ({
          x: x * scaleX,
          y: y * scaleY,
          shape: LEVEL_SHAPES[config.strides.indexOf(stride)],
          fill: scoreColour(score),
          rim: colour,
        })),
      };
    });
}

/**
 * @param {SKRSContext2D} context
 * @param {Rect & { label: string, colour: string }} box
 * @param {Rect} frame
 * @param {readonly Rect[]} taken what the label should not hide
 * @returns {Rect} where the label went
 */
function drawLabel(context, box, frame, taken) {
  context.font = `${LABEL_FONT} DejaVu Sans`;
  const width = context.measureText(box.label).width + 2 * LABEL_PADDING;
  const place = placeLabel({ width, height: LABEL_HEIGHT }, box, frame, taken);
  context.fillStyle = box.colour;
  context.fillRect(place.left, place.top, place.width, place.height);
  const style = { font: LABEL_FONT, colour: BACKGROUND };
  write(context, box.label, place.left + LABEL_PADDING, place.top + 26, style);
  return place;
}
