import { createCanvas } from '@napi-rs/canvas';
import { BACKGROUND, MUTED, strokeWithHalo, TEXT, write } from '../../lib/canvas-style.mjs';
import { placeLabel } from '../../lib/place-label.mjs';
import { iouOf } from './boxes.mjs';
import { IMAGE_SIZE } from './scenes.mjs';

/**
 * @import { SKRSContext2D } from '@napi-rs/canvas'
 * @import { Rect } from '../../lib/place-label.mjs'
 * @import { Detection } from './detect.mjs'
 * @import { Box } from './boxes.mjs'
 * @import { Scene } from './scenes.mjs'
 */

/** Quality of the WebP pictures, out of 100: high enough that thin lines have no blocks around them. */
const QUALITY = 90;
const COLUMNS = 4;
const SCALE = 3;
const GAP = 24;
const LEGEND_HEIGHT = 56;
/** Least score of a detection that is drawn. */
const LEAST_SCORE = 0.3;
/** Least IoU with a digit of its class at which a detection counts as right. */
const LEAST_IOU = 0.5;
/** Largest IoU of two detections of any class that are both drawn; beyond it only the better one is drawn. */
const SAME_PLACE_IOU = 0.6;
const COLOURS = { right: '#a5f5a0', wrong: '#ff8f7a', missed: '#ffd166' };
/** Cost of hiding a label, relative to hiding a digit. */
const LABEL = { font: 'bold 15px', height: 20, padding: 5, weight: 10 };

/**
 * Draws scenes side by side, with their detections and the digits that were missed.
 *
 * @param {readonly Scene[]} scenes
 * @param {readonly (readonly Detection[])[]} detections a list a scene
 * @returns {Promise<Buffer>} WebP
 */
export async function drawDetections(scenes, detections) {
  const side = SCALE * IMAGE_SIZE;
  const rows = Math.ceil(scenes.length / COLUMNS);
  const width = COLUMNS * (side + GAP) + GAP;
  const canvas = createCanvas(width, rows * (side + GAP) + GAP + LEGEND_HEIGHT);
  const context = canvas.getContext('2d');
  context.fillStyle = BACKGROUND;
  context.fillRect(0, 0, canvas.width, canvas.height);
  scenes.forEach((scene, i) => {
    const left = GAP + (i % COLUMNS) * (side + GAP);
    const top = GAP + Math.floor(i / COLUMNS) * (side + GAP);
    const frame = { left, top, width: side, height: side };
    drawPixels(context, scene, frame);
    drawBoxes(context, judge(scene, detections[i]), frame);
  });
  drawLegend(context, canvas.height - LEGEND_HEIGHT / 2);
  return canvas.encode('webp', QUALITY);
}

/**
 * @param {SKRSContext2D} context
 * @param {Scene} scene
 * @param {Rect} frame
 */
function drawPixels(context, { pixels }, { left, top, width, height }) {
  const small = createCanvas(IMAGE_SIZE, IMAGE_SIZE);
  const smallContext = small.getContext('2d');
  const image = smallContext.createImageData(IMAGE_SIZE, IMAGE_SIZE);
  pixels.forEach((level, i) => {
    image.data.fill(Math.round(255 * Math.min(Math.max(level, 0), 1)), 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  });
  smallContext.putImageData(image, 0, 0);
  context.drawImage(small, left, top, width, height);
}

/**
 * @typedef {{ box: Box, kind: keyof typeof COLOURS, text: string }} Judged
 *
 * @param {Scene} scene
 * @param {readonly Detection[]} detections best first
 * @returns {Judged[]}
 */
function judge({ boxes }, detections) {
  const left = new Set(boxes);
  /** @type {Judged[]} */
  const judged = [];
  for (const detection of detections) {
    if (detection.score < LEAST_SCORE) continue;
    if (judged.some(({ box }) => iouOf(box, detection) > SAME_PLACE_IOU)) continue;
    const meant = [...left].find(
      (truth) => truth.label === detection.label && iouOf(truth, detection) >= LEAST_IOU,
    );
    if (meant !== undefined) left.delete(meant);
    const text = `${detection.label} · ${detection.score.toFixed(2)}`;
    judged.push({ box: detection, kind: meant === undefined ? 'wrong' : 'right', text });
  }
  for (const box of left) judged.push({ box, kind: 'missed', text: `${box.label}` });
  return judged;
}

/**
 * @param {SKRSContext2D} context
 * @param {readonly Judged[]} judged
 * @param {Rect} frame
 */
function drawBoxes(context, judged, frame) {
  const rects = judged.map(({ box }) => toRect(box, frame));
  judged.forEach(({ kind }, i) => {
    const { left, top, width, height } = rects[i];
    context.setLineDash(kind === 'missed' ? [6, 5] : []);
    context.beginPath();
    context.rect(left, top, width, height);
    strokeWithHalo(context, COLOURS[kind], 2);
  });
  context.setLineDash([]);
  /** @type {Rect[]} */
  const labels = [];
  judged.forEach(({ kind, text }, i) => {
    context.font = `${LABEL.font} DejaVu Sans`;
    const width = context.measureText(text).width + 2 * LABEL.padding;
    const taken = [...rects, ...Array(LABEL.weight).fill(labels).flat()];
    const label = placeLabel({ width, height: LABEL.height }, rects[i], frame, taken);
    labels.push(label);
    context.fillStyle = COLOURS[kind];
    context.fillRect(label.left, label.top, label.width, label.height);
    const style = { font: LABEL.font, colour: BACKGROUND };
    write(context, text, label.left + LABEL.padding, label.top + LABEL.height - 5, style);
  });
}

/**
 * @param {Box} box in the scene's pixels
 * @param {Rect} frame
 * @returns {Rect} within the frame
 */
function toRect({ left, top, right, bottom }, frame) {
  const [l, t, r, b] = [left, top, right, bottom].map(
    (edge) => SCALE * Math.min(Math.max(edge, 0), IMAGE_SIZE),
  );
  return { left: frame.left + l, top: frame.top + t, width: r - l, height: b - t };
}

/**
 * @param {SKRSContext2D} context
 * @param {number} middle
 */
function drawLegend(context, middle) {
  const entries = [
    ['right', 'found: digit and probability'],
    ['wrong', `found, but another digit or IoU below ${LEAST_IOU}`],
    ['missed', 'not found'],
  ];
  let x = GAP;
  for (const [kind, text] of entries) {
    context.beginPath();
    context.setLineDash(kind === 'missed' ? [6, 5] : []);
    context.rect(x, middle - 8, 22, 16);
    strokeWithHalo(context, COLOURS[/** @type {keyof typeof COLOURS} */ (kind)], 2);
    context.setLineDash([]);
    write(context, text, x + 34, middle + 6, { font: '17px', colour: TEXT });
    x += 34 + context.measureText(text).width + 36;
  }
  const note = `above ${LEAST_SCORE}`;
  write(context, note, context.canvas.width - GAP, middle + 6, {
    font: '17px',
    colour: MUTED,
    align: 'right',
  });
}
