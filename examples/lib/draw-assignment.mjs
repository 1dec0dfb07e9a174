import { createCanvas, loadImage } from '@napi-rs/canvas';

import { BACKGROUND, drawMark, LEVEL_SHAPES, MUTED, TEXT, WASH, write } from './canvas-style.mjs';
import { drawTargets } from './draw-targets.mjs';
import { scoreColour } from './score-scale.mjs';

/** @import { Image, SKRSContext2D } from '@napi-rs/canvas' */
/** @import { DetectionValue } from 'detloss' */
/** @import { MatchedTarget } from './match-targets.mjs' */
/** @import { Config } from './read-case.mjs' */

/**
 * @typedef {object} Scene
 * @property {Uint8Array} photograph image 0, stretched to the network's input; image 1 is its mirror image
 * @property {Config} config
 * @property {Record<number, string>} classNames at most two
 * @property {DetectionValue} value
 * @property {readonly MatchedTarget[]} targets
 */

const CAPTIONS = ['image 0: the photograph', 'image 1: its mirror image'];

// Sizes in pixels of the picture, in which the photograph is not scaled.
const MARGIN = 48;
const GAP = 32;
const HEADER = 240;
const FOOTER = 144;

/**
 * Draws both images of the batch side by side with every target's box, and every positive anchor at its
 * centre: coloured by score, shaped by stride, and connected to the middle of its target's box.
 *
 * @param {Scene} scene
 * @returns {Promise<Buffer>} PNG
 */
export async function drawAssignment(scene) {
  const photograph = await loadImage(scene.photograph);
  const { width, height } = photograph;
  const canvas = createCanvas(2 * (MARGIN + width) + GAP, HEADER + height + FOOTER);
  const context = canvas.getContext('2d');
  context.fillStyle = BACKGROUND;
  context.fillRect(0, 0, canvas.width, canvas.height);

  context.translate(MARGIN, 0);
  drawHeader(context, scene);
  context.translate(0, HEADER);
  CAPTIONS.forEach((caption, image) => {
    context.save();
    context.translate(image * (width + GAP), 0);
    write(context, caption, 0, -20, { font: '26px', colour: MUTED });
    drawPhotograph(context, photograph, image === 1);
    drawTargets(context, scene, image, { left: 0, top: 0, width, height });
    context.restore();
  });
  context.translate(0, height);
  drawLegend(context, scene);
  return canvas.encode('png');
}

/** @param {SKRSContext2D} context @param {Scene} scene */
function drawHeader(context, { value: { total, items }, config }) {
  const { box, cls, dfl } = items;
  const terms = Object.entries({ box, cls, dfl }).map(([name, x]) => `${name} ${x.toFixed(4)}`);
  const sum = `= ${config.batchSize} images × (${terms.join(' + ')})`;
  write(context, `Total loss ${total.toFixed(4)}`, 0, 92, { font: 'bold 56px' });
  write(context, sum, 0, 148);
}

/** @param {SKRSContext2D} context @param {Image} photograph @param {boolean} mirrored */
function drawPhotograph(context, photograph, mirrored) {
  const { width, height } = photograph;
  context.save();
  if (mirrored) context.transform(-1, 0, 0, 1, width, 0);
  context.drawImage(photograph, 0, 0);
  context.restore();
  context.fillStyle = WASH;
  context.fillRect(0, 0, width, height);
}

/** @param {SKRSContext2D} context @param {Scene} scene */
function drawLegend(context, { config, targets }) {
  const middle = 62;
  const baseline = middle + 10;
  const barWidth = 420;
  const barHeight = 26;
  for (let x = 0; x < barWidth; x++) {
    context.fillStyle = scoreColour(x / (barWidth - 1));
    context.fillRect(x, middle - barHeight / 2, 1, barHeight);
  }
  const tick = { font: '26px', colour: MUTED };
  write(context, '0', 0, baseline + 38, tick);
  write(context, '0.5', barWidth / 2, baseline + 38, { ...tick, align: 'center' });
  write(context, '1', barWidth, baseline + 38, { ...tick, align: 'right' });
  write(context, 'score', barWidth + 24, baseline);

  const positives = targets.flatMap((target) => target.positives);
  config.strides.forEach((stride, l) => {
    const count = positives.filter((positive) => positive.stride === stride).length;
    const x = 770 + 460 * l;
    drawMark(context, { x, y: middle, shape: LEVEL_SHAPES[l], fill: MUTED, rim: TEXT });
    const anchors = count === 1 ? 'anchor' : 'anchors';
    write(context, `${count} ${anchors} of stride ${stride}`, x + 28, baseline);
  });
}
