import seedrandom from 'seedrandom';
import { areaOf, commonArea } from './boxes.mjs';
import { paintClutter } from './clutter.mjs';
import { paintDigit } from './paint.mjs';

/**
 * @import { Box } from './boxes.mjs'
 * @import { Digit } from './digits.mjs'
 * @import { DetectionTargets } from 'detloss'
 */

/** Width and height of a scene, in pixels. */
export const IMAGE_SIZE = 96;
export const NUM_CLASSES = 10;

const MOST_DIGITS = 5;
/** Heights of digits, in pixels. */
const HEIGHTS = { least: 20, most: 60 };
/** Largest factor by which a digit is made narrower or wider. */
const STRETCH = 1.25;
/** Grey levels of digits. */
const INK = { least: 0.7, most: 1 };
/** Largest overlap of two boxes, as a share of the smaller box's area. */
const MOST_OVERLAP = 0.15;
const TRIES = 20;

/**
 * @typedef {object} Scene
 * @property {Float32Array} pixels [96, 96], 0 to 1
 * @property {(Box & { label: number })[]} boxes
 */

/**
 * Generates scenes endlessly, the same for the same seed: digits of different sizes on clutter.
 *
 * @param {readonly Digit[]} digits
 * @param {string} seed
 * @returns {Generator<Scene, never>}
 */
export function* drawScenes(digits, seed) {
  const random = seedrandom.alea(seed);
  while (true) yield drawScene(digits, random);
}

/**
 * @param {Iterator<Scene>} scenes
 * @param {number} count
 */
export function take(scenes, count) {
  return Array.from({ length: count }, () => /** @type {Scene} */ (scenes.next().value));
}

/**
 * @param {readonly Scene[]} scenes B
 * @returns {{ pixels: Float32Array, targets: DetectionTargets }} pixels [B, 96, 96, 1]
 */
export function batchOf(scenes) {
  const pixels = new Float32Array(scenes.length * IMAGE_SIZE ** 2);
  scenes.forEach((scene, i) => {
    pixels.set(scene.pixels, i * IMAGE_SIZE ** 2);
  });
  const all = scenes.flatMap(({ boxes }, image) => boxes.map((box) => ({ ...box, image })));
  const bboxes = all.flatMap(({ left, top, right, bottom }) => [
    (left + right) / 2,
    (top + bottom) / 2,
    right - left,
    bottom - top,
  ]);
  return {
    pixels,
    targets: {
      batchIdx: all.map(({ image }) => image),
      cls: all.map(({ label }) => label),
      bboxes: bboxes.map((length) => length / IMAGE_SIZE),
    },
  };
}

/**
 * @param {readonly Digit[]} digits
 * @param {() => number} random
 * @returns {Scene}
 */
function drawScene(digits, random) {
  const pixels = new Float32Array(IMAGE_SIZE ** 2);
  const canvas = { pixels, side: IMAGE_SIZE };
  paintClutter(canvas, digits, random);
  /** @type {Scene['boxes']} */
  const boxes = [];
  const count = 1 + Math.floor(MOST_DIGITS * random());
  for (let i = 0; i < count; i++) {
    const digit = digits[Math.floor(digits.length * random())];
    const box = placeDigit(digit, boxes, random);
    if (box === undefined) continue;
    paintDigit(canvas, digit, box, between(INK, random));
    boxes.push({ ...box, label: digit.label });
  }
  return { pixels, boxes };
}

/**
 * Finds a place where a digit hides hardly anything of the others; undefined if there is none.
 *
 * @param {Digit} digit
 * @param {readonly Box[]} others
 * @param {() => number} random
 * @returns {Box | undefined}
 */
function placeDigit(digit, others, random) {
  for (let i = 0; i < TRIES; i++) {
    const height = HEIGHTS.least * (HEIGHTS.most / HEIGHTS.least) ** random();
    const width = (height / digit.height) * digit.width * STRETCH ** (2 * random() - 1);
    if (width > IMAGE_SIZE) continue;
    const left = random() * (IMAGE_SIZE - width);
    const top = random() * (IMAGE_SIZE - height);
    const box = { left, top, right: left + width, bottom: top + height };
    if (others.every((other) => hides(box, other) <= MOST_OVERLAP)) return box;
  }
  return undefined;
}

/**
 * Common area of two boxes, as a share of the smaller box's area.
 *
 * @param {Box} a
 * @param {Box} b
 */
function hides(a, b) {
  return commonArea(a, b) / Math.min(areaOf(a), areaOf(b));
}

/**
 * @param {{ least: number, most: number }} range
 * @param {() => number} random
 */
function between({ least, most }, random) {
  return least + (most - least) * random();
}
