import { paintDigit, paintStroke } from './paint.mjs';

/**
 * @import { Digit } from './digits.mjs'
 * @import { Canvas } from './paint.mjs'
 */

/** Largest grey levels of the ground, and of the noise on it. */
const GROUND = 0.45;
const NOISE = 0.12;
const STROKES = { fewest: 3, most: 8, longest: 45, thickest: 3 };
/** Side of the fragments that are cut out of digits, in MNIST's pixels, and the largest factor by which they are enlarged. */
const FRAGMENTS = { fewest: 3, most: 8, side: 8, largest: 2.5 };
const LEVELS = { least: 0.15, most: 0.6 };

/**
 * Paints the ground: a ramp of greys, strokes, fragments of digits, and noise.
 *
 * @param {Canvas} canvas
 * @param {readonly Digit[]} digits
 * @param {() => number} random
 */
export function paintClutter(canvas, digits, random) {
  paintGround(canvas, random);
  const { side } = canvas;
  const level = () => LEVELS.least + (LEVELS.most - LEVELS.least) * random();
  for (let i = countOf(STROKES, random); i > 0; i--) {
    const from = { x: side * random(), y: side * random() };
    const to = {
      x: from.x + STROKES.longest * (2 * random() - 1),
      y: from.y + STROKES.longest * (2 * random() - 1),
    };
    paintStroke(canvas, from, to, 1 + (STROKES.thickest - 1) * random(), level());
  }
  for (let i = countOf(FRAGMENTS, random); i > 0; i--) {
    const fragment = cutFragment(digits[Math.floor(digits.length * random())], random);
    const size = 1 + (FRAGMENTS.largest - 1) * random();
    const [left, top] = [side * random(), side * random()];
    const [right, bottom] = [left + size * fragment.width, top + size * fragment.height];
    paintDigit(canvas, fragment, { left, top, right, bottom }, level());
  }
  const { pixels } = canvas;
  for (let i = 0; i < pixels.length; i++) pixels[i] += NOISE * (random() - 0.5);
}

/**
 * @param {Canvas} canvas
 * @param {() => number} random
 */
function paintGround({ pixels, side }, random) {
  const [start, right, down] = [random(), random(), random()];
  for (let i = 0; i < pixels.length; i++) {
    const [x, y] = [(i % side) / side, Math.floor(i / side) / side];
    pixels[i] = GROUND * (start + (right - start) * x * 0.5 + (down - start) * y * 0.5);
  }
}

/**
 * @param {Digit} digit
 * @param {() => number} random
 * @returns {Digit} a fragment that shows no digit
 */
function cutFragment(digit, random) {
  const width = Math.min(FRAGMENTS.side, digit.width);
  const height = Math.min(FRAGMENTS.side, digit.height);
  const left = Math.floor((digit.width - width + 1) * random());
  const top = Math.floor((digit.height - height + 1) * random());
  const ink = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = (top + y) * digit.width + left;
    ink.set(digit.ink.subarray(row, row + width), y * width);
  }
  return { label: digit.label, ink, width, height };
}

/**
 * @param {{ fewest: number, most: number }} range
 * @param {() => number} random
 */
function countOf({ fewest, most }, random) {
  return fewest + Math.floor((most - fewest + 1) * random());
}
