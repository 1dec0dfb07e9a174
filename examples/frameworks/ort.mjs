/**
 * Computes the validation loss of an exported model in ONNX Runtime Web. First run npm ci in this folder, and, in the repository,
 * npm ci and npm run build.
 *
 *   node examples/frameworks/ort.mjs
 */
import { createDetectionLoss, splitHead } from 'detloss';
import { fromOrt } from 'detloss/ort';
import * as ort from 'onnxruntime-web';
import { encodeDetector } from './lib/onnx-detector.mjs';
import { drawScenes, IMAGE_SIZE, NUM_CLASSES } from './lib/scenes.mjs';

const REG_MAX = 8;
const BATCH = 4;

// Replace it by the path of your .onnx file, whose output is the raw head, [B, 4·regMax + C, A]
const file = encodeDetector({ imageSize: IMAGE_SIZE, channels: 4 * REG_MAX + NUM_CLASSES });

ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
const criterion = await createDetectionLoss({ numClasses: NUM_CLASSES, regMax: REG_MAX });

const { pixels, targets } = drawScenes(BATCH);
const images = new ort.Tensor('float32', pixels, [BATCH, IMAGE_SIZE, IMAGE_SIZE, 3]);
const { head } = await session.run({ images }, ['head']);
console.log(`head ${head.type} [${head.dims}], ${head.location}`);

const feats = await splitHead(fromOrt(head), { imageSize: IMAGE_SIZE });
const { total, items, assignment } = await criterion.value(feats, targets);
const shown = Object.entries(items).map(([name, value]) => `${name} ${value.toFixed(3)}`);
console.log(`loss ${total.toFixed(3)} (${shown.join(', ')})`);
console.log(`${assignment.anchor.length} positives of ${head.dims[2]} anchors × ${BATCH} images`);
