import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { meanAveragePrecision } from './average-precision.mjs';
import { detect } from './detect.mjs';
import { loadDigits } from './digits.mjs';
import { drawDetections } from './draw-detections.mjs';
import { drawScenes, take } from './scenes.mjs';

/**
 * @import { LayersModel } from '@tensorflow/tfjs'
 * @import { Scene } from './scenes.mjs'
 */
/** Number of scenes in the picture. */
const DRAWN = 8;

/**
 * Draws scenes of digits that no training uses.
 *
 * @param {number} seed
 * @param {number} count
 */
export async function drawHeldOut(seed, count) {
  return take(drawScenes(await loadDigits('heldOut'), `held out ${seed}`), count);
}

/**
 * @param {LayersModel} model
 * @param {readonly Scene[]} scenes
 */
export function validate(model, scenes) {
  return meanAveragePrecision(
    detect(model, scenes),
    scenes.map(({ boxes }) => boxes),
  );
}

/**
 * Draws a model's detections in the first scenes into detections.webp.
 *
 * @param {LayersModel} model
 * @param {readonly Scene[]} scenes
 * @param {string} folder
 */
export async function saveDetections(model, scenes, folder) {
  const shown = scenes.slice(0, DRAWN);
  const picture = await drawDetections(shown, detect(model, shown));
  await writeFile(join(folder, 'detections.webp'), picture);
}
