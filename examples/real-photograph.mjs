/**
 * Computes the training loss of a real network on a real photograph: its items, the size of its gradient at each level, and
 * the anchors that are assigned to each boat and person. Prints a report and draws a picture.
 *
 * The batch is the photograph and its mirror image. The predictions are the raw head output of a NanoDet trained on COCO;
 * the expected values were computed with PyTorch in float64.
 *
 *   npm start                                in the repository
 *   node real-photograph.mjs <fixtures>      beside ./lib, where detloss, @napi-rs/canvas, cli-table3 and
 *                                            dejavu-fonts-ttf are installed; the folder holds the two files
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

import { createDetectionLoss } from 'detloss';

import { drawAssignment } from './lib/draw-assignment.mjs';
import { matchTargets } from './lib/match-targets.mjs';
import { printGradients, printLoss, printTargets } from './lib/print-report.mjs';
import { readCase } from './lib/read-case.mjs';

/** The two COCO classes in this photograph. */
const classNames = { 0: 'person', 8: 'boat' };
const repeats = 21;
const picture = 'build/real-photograph.png';
const fixtures = argv[2] ?? fileURLToPath(new URL('../test/fixtures', import.meta.url));

const fixture = await readFile(join(fixtures, 'real-nagasaki-boats.safetensors'));
const { config, expected, feats, targets } = readCase(fixture);
const { numClasses, regMax, strides } = config;

const criterion = await createDetectionLoss({ numClasses, regMax, strides });

const start = performance.now();
const result = await criterion.valueAndGrad(feats, targets);
const firstTime = performance.now() - start;

// The gradients are passed back to be overwritten, as in a training loop, instead of allocated again.
const times = [];
for (let i = 0; i < repeats; i++) {
  const start = performance.now();
  await criterion.valueAndGrad(feats, targets, { out: result.grads });
  times.push(performance.now() - start);
}
const medianTime = times.sort((a, b) => a - b)[(repeats - 1) / 2];

const { backend } = criterion;
const threads = criterion.threads === 1 ? '1 thread' : `${criterion.threads} threads`;
criterion.dispose();

console.log(
  `Detection loss and gradients on a real photograph · ${backend}, ${threads} · ` +
    `first call ${firstTime.toFixed(1)} ms, then ${medianTime.toFixed(1)} ms\n`,
);
printLoss(result, expected, config.batchSize);
printGradients(result.grads, expected, strides);

const matched = matchTargets(targets, result.assignment, config);
printTargets(matched, classNames);

const photograph = await readFile(join(fixtures, 'real-nagasaki-boats.jpg'));
await mkdir('build', { recursive: true });
await writeFile(
  picture,
  await drawAssignment({ photograph, config, classNames, value: result, targets: matched }),
);
console.log(`Which anchor is assigned to which target: ${picture}`);
