import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';

/** File names of TensorFlow.js' own tools: in a page, tf.loadLayersModel loads the URL of `model.json`. */
const TOPOLOGY = 'model.json';
const WEIGHTS = 'weights.bin';

/**
 * @param {tf.LayersModel} model
 * @param {string} folder
 */
export async function saveModel(model, folder) {
  await mkdir(folder, { recursive: true });
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const { weightSpecs = [], weightData, ...topology } = artifacts;
      const weightsManifest = [{ paths: [WEIGHTS], weights: weightSpecs }];
      await writeFile(join(folder, TOPOLOGY), JSON.stringify({ ...topology, weightsManifest }));
      const bytes = tf.io.concatenateArrayBuffers([/** @type {ArrayBuffer} */ (weightData)].flat());
      await writeFile(join(folder, WEIGHTS), new Uint8Array(bytes));
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
}

/**
 * @param {string} folder that `saveModel` wrote
 * @returns {Promise<tf.LayersModel>}
 */
export async function loadModel(folder) {
  const { weightsManifest, ...artifacts } = JSON.parse(
    await readFile(join(folder, TOPOLOGY), 'utf8'),
  );
  const [{ weights: weightSpecs }] = weightsManifest;
  const bytes = Uint8Array.from(await readFile(join(folder, WEIGHTS)));
  return tf.loadLayersModel(
    tf.io.fromMemory({ ...artifacts, weightSpecs, weightData: bytes.buffer }),
  );
}
