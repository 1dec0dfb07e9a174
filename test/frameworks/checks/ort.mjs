/** Exercises detloss/ort and splitHead with a session's output, and returns figures for a test to judge. */
import { createDetectionLoss, splitHead } from 'detloss';
import { fromOrt } from 'detloss/ort';
import { encodeDetector } from '../../../examples/frameworks/lib/onnx-detector.mjs';
import { drawScenes, IMAGE_SIZE, NUM_CLASSES } from '../../../examples/frameworks/lib/scenes.mjs';

/** @typedef {any} Ort no types: ONNX Runtime is installed for the tests alone */

const REG_MAX = 4;
const BATCH = 2;

/**
 * @param {Ort} ort
 * @param {'wasm' | 'webgpu'} provider
 */
export async function checkOrt(ort, provider) {
  const onGpu = provider === 'webgpu';
  const file = encodeDetector({ imageSize: IMAGE_SIZE, channels: 4 * REG_MAX + NUM_CLASSES });
  const preferredOutputLocation = onGpu ? 'gpu-buffer' : 'cpu';
  const session = await ort.InferenceSession.create(file, {
    executionProviders: [provider],
    preferredOutputLocation,
  });
  const { pixels, targets } = drawScenes(BATCH);
  const images = new ort.Tensor('float32', pixels, [BATCH, IMAGE_SIZE, IMAGE_SIZE, 3]);
  const { head, level0, level1, level2 } = await session.run({ images });
  const given = fromOrt(head);
  const location = head.location;
  const isInPlace = given.data === (onGpu ? head.gpuBuffer : head.data);

  const device = onGpu ? await ort.env.webgpu.device : undefined;
  const config = { numClasses: NUM_CLASSES, regMax: REG_MAX };
  const criterion = await createDetectionLoss({ ...config, backend: provider, device });
  const feats = await splitHead(given, { imageSize: IMAGE_SIZE, device });
  const { total } = await criterion.value(feats, targets);
  // Levels as separate outputs of the session
  const outputs = [level0, level1, level2];
  const { total: ofLevels } = await criterion.value(outputs.map(fromOrt), targets);

  const onHost = await createDetectionLoss({ ...config, backend: 'wasm' });
  const data = await head.getData();
  const levels = await splitHead({ data, shape: given.shape }, { imageSize: IMAGE_SIZE });
  const expected = await onHost.value(levels, targets);
  for (const output of [head, ...outputs]) output.dispose();
  return {
    location,
    isInPlace,
    total,
    ofLevels,
    error: Math.abs(total / expected.total - 1),
    disposed: codeOf(head),
  };
}

/** @param {Ort} tensor */
function codeOf(tensor) {
  try {
    fromOrt(tensor);
    return 'none';
  } catch (error) {
    return /** @type {{ code: string }} */ (error).code;
  }
}
