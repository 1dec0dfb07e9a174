import { copyFile, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { formatNumber } from '../bench/lib/table.mjs';
import { replaceBlock } from './replace-block.mjs';

/**
 * A row of build/train-compare.json, and a run.json of examples/train.
 *
 * @typedef {{ workload: string, loss: string, ms: number, tensorsMB: number, processMB: number }} Row
 * @typedef {object} Run
 * @property {number} seed
 * @property {number} epochs
 * @property {number} steps per epoch
 * @property {number} batch
 * @property {number} heldOut scenes
 * @property {number} parameters
 * @property {number} cpuMinutes
 * @property {{ map50: number, map: number }[]} history one entry per epoch
 */

/**
 * Writes the training blocks of README.md and docs/training.md, and their pictures in docs/, from a run with each loss and the
 * comparison.
 */
export async function writeReadme() {
  const files = ['build/train/run.json', 'build/train-naive/run.json', 'build/train-compare.json'];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const [run, naiveRun, rows] = texts.map((text) => JSON.parse(text));
  await copyFile('build/train/curves.svg', 'docs/training.svg');
  await copyFile('build/train/detections.webp', 'docs/training.webp');
  await replaceBlock('README.md', 'training', summarise(run));
  await replaceBlock('docs/training.md', 'training', describe(run, naiveRun, rows));
}

/**
 * The block of README.md.
 *
 * @param {Run} run
 */
function summarise(run) {
  return `## A training run

![Eight held-out scenes of handwritten digits on clutter, with the boxes that the detector found](docs/training.webp)

\`npm run train\` trains a detector of three levels from scratch, in TensorFlow.js with \`detloss/tfjs\`, to ${resultOf(run)}.
[The training run](docs/training.md) shows its curves, and compares it with the same loss written in TensorFlow.js operations.
`;
}

/**
 * The block of docs/training.md.
 *
 * @param {Run} run
 * @param {Run} naiveRun
 * @param {Row[]} rows
 */
function describe(run, naiveRun, rows) {
  const { seed, epochs, steps, batch, heldOut, parameters } = run;
  const [{ model }] = cpus();
  const lines = rows.map(({ workload, loss, ms, tensorsMB, processMB }) => {
    const figures = [formatNumber(ms, 1), formatNumber(tensorsMB, 1), formatNumber(processMB, 0)];
    return `| ${[workload, loss, ...figures].join(' | ')} |`;
  });
  return `![Eight held-out scenes of handwritten digits on clutter, with the boxes that the detector found](training.webp)

\`npm run train\` trains a detector of three levels with a DFL head from scratch, in TensorFlow.js with \`detloss/tfjs\`. It detects
MNIST's digits, drawn in many sizes on clutter, and has ${formatNumber(parameters, 0)} parameters. It trains for ${epochs} epochs of ${steps} steps of ${batch} scenes. With seed ${seed} it
reaches ${resultOf(run)}, on ${heldOut} held-out scenes of digits by other writers.

![Loss items and mean average precision over the epochs](training.svg)

The same loss written in TensorFlow.js operations, on dense tensors of targets × anchors (\`npm run train -- --naive\`), reaches
${resultOf(naiveRun)}. The two compare as follows:

| | loss | ms | tensors, MB | process, MB |
| --- | --- | ---: | ---: | ---: |
${lines.join('\n')}

"ms" is processor time. Memory is given by its peaks: "tensors" counts all tensors, "process" is the growth of the process, with
detloss's own memory included. Measured by \`npm run train\` and \`npm run train -- --compare\` on ${model.replace(/\s+/g, ' ').trim()}, ${cpus().length} cores, Node ${process.versions.node}.
\`examples/train\` in the repository holds all of it: the scenes, the model, the gradients of convolution that TensorFlow.js' WASM backend
lacks, suppression, mean average precision, and both losses.
`;
}

/** @param {Run} run */
function resultOf({ history, cpuMinutes }) {
  const { map50, map } = history[history.length - 1];
  const precision = `**mAP@0.5 ${map50.toFixed(3)}**, mAP@0.5:0.95 ${map.toFixed(3)}`;
  // Training runs on one thread, so this is its duration on an idle machine
  return `${precision} in ${cpuMinutes.toFixed(1)} minutes of processor time`;
}
