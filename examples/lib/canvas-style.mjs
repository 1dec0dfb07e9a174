import { createRequire } from 'node:module';

import { GlobalFonts } from '@napi-rs/canvas';

/** @import { SKRSContext2D } from '@napi-rs/canvas' */

// A machine without a desktop has no fonts.
const { resolve } = createRequire(import.meta.url);
for (const file of ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf']) {
  GlobalFonts.registerFromPath(resolve(`dejavu-fonts-ttf/ttf/${file}`), 'DejaVu Sans');
}

export const BACKGROUND = '#1a1714';
export const TEXT = '#f4efe6';
export const MUTED = '#b3aca1';
/** Colour laid over the photograph, so that the drawing stands out. */
export const WASH = 'rgba(26, 23, 20, 0.2)';
const HALO = 'rgba(26, 23, 20, 0.65)';
/** Colours of classes, far from the colours of scores and of the photograph. */
export const CLASS_COLOURS = ['#a5f5a0', '#5fd0f5'];

/** @typedef {{ corners: number, radius: number }} Shape corners 0: a circle */

/** Shapes of positives, one per level, the finest level first. @type {Shape[]} */
export const LEVEL_SHAPES = [
  { corners: 0, radius: 6 },
  { corners: 4, radius: 9 },
  { corners: 3, radius: 12 },
];

/**
 * @param {SKRSContext2D} context
 * @param {{ x: number, y: number, shape: Shape, fill: string, rim: string }} mark
 */
export function drawMark(context, { x, y, shape: { corners, radius }, fill, rim }) {
  context.beginPath();
  if (corners === 0) context.arc(x, y, radius, 0, 2 * Math.PI);
  for (let corner = 0; corner < corners; corner++) {
    const angle = ((corner + 0.5) / corners - 0.25) * 2 * Math.PI;
    context.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  context.closePath();
  strokeWithHalo(context, rim, 3);
  context.fillStyle = fill;
  context.fill();
}

/**
 * Strokes the context's path so that it shows on light and dark ground.
 *
 * @param {SKRSContext2D} context
 * @param {string} colour
 * @param {number} width
 */
export function strokeWithHalo(context, colour, width) {
  context.strokeStyle = HALO;
  context.lineWidth = width + 3;
  context.stroke();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

/**
 * @param {SKRSContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y of the baseline
 * @param {{ font?: string, colour?: string, align?: 'left' | 'center' | 'right' }} [style]
 */
export function write(context, text, x, y, { font = '30px', colour = TEXT, align = 'left' } = {}) {
  context.font = `${font} DejaVu Sans`;
  context.textAlign = align;
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
