import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEngine } from './lib/engine.mjs';
import { loadModel } from './lib/model-files.mjs';
import { drawHeldOut, saveDetections, validate } from './lib/validate.mjs';

/**
 * Validates a saved model on the scenes that were held out when it was trained, and draws what it finds.
 *
 * @param {string} folder of `train`
 */
export async function evaluate(folder) {
  await startEngine();
  /** @type {import('./train.mjs').Run} */
  const { seed, heldOut } = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'));
  const model = await loadModel(join(folder, 'model'));
  const scenes = await drawHeldOut(seed, heldOut);
  const { map50, map } = validate(model, scenes);
  await saveDetections(model, scenes, folder);
  console.log(
    `${heldOut} held-out scenes: mAP@0.5 ${map50.toFixed(3)}, mAP@0.5:0.95 ${map.toFixed(3)}`,
  );
}
