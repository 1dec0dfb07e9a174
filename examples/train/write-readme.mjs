import { copyFile, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { formatNumber } from '../../bench/lib/table.mjs';
import { replaceBlock } from '../../scripts/replace-block.mjs';
import { COMPARISON } from './compare.mjs';

/**
 * @import { Row } from './compare.mjs'
 * @import { Run } from './train.mjs'
 */

/** Writes the training block of README.md, and its pictures in docs/, from a run with either loss and the comparison. */
export async function writeReadme() {
  const files = ['build/train/run.json', 'build/train-naive/run.json', COMPARISON];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const [run, naiveRun, rows] = texts.map((text) => JSON.parse(text));
  await copyFile('build/train/curves.svg', 'docs/training.svg');
  await copyFile('build/train/detections.png', 'docs/training.png');
  await replaceBlock('training', describe(run, naiveRun, rows));
}

/**
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
  return `## A training run

![Eight held-out scenes of handwritten digits on clutter, with the boxes that were found](docs/training.png)

\`npm run train\` trains a detector of three levels with a DFL head from scratch, in TensorFlow.js with \`detloss/tfjs\`: digits of
MNIST in many sizes on clutter, ${formatNumber(parameters, 0)} parameters, ${epochs} epochs of ${steps} steps of ${batch} scenes. Seed ${seed}: ${resultOf(run)},
on ${heldOut} held-out scenes of digits by other writers.

![Loss items and mean average precision over the epochs](docs/training.svg)

With the same loss written in TensorFlow.js operations, on dense tensors of targets × anchors (\`npm run train -- --naive\`):
${resultOf(naiveRun)}. Side by side:

| | loss | ms | tensors, MB | process, MB |
| --- | --- | ---: | ---: | ---: |
${lines.join('\n')}

Processor time, and peaks of memory: of all tensors, and what the process grew by, detloss's own memory included. Measured by \`npm run train\` and
\`npm run train -- --compare\` on ${model.replace(/\s+/g, ' ').trim()}, ${cpus().length} cores, Node ${process.versions.node}. [examples/train](examples/train/index.mjs) has all of it: the scenes, the
model, the gradients of convolution that TensorFlow.js' WASM backend lacks, suppression, mean average precision, both losses.
`;
}

/** @param {Run} run */
function resultOf({ history, cpuMinutes }) {
  const { map50, map } = history[history.length - 1];
  const precision = `**mAP@0.5 ${map50.toFixed(3)}**, mAP@0.5:0.95 ${map.toFixed(3)}`;
  // On one thread: the time it takes an idle machine
  return `${precision} in ${cpuMinutes.toFixed(1)} minutes of processor time`;
}
