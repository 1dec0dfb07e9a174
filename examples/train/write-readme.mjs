import { copyFile, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { formatNumber } from '../../bench/lib/table.mjs';
import { replaceBlock } from '../../scripts/replace-block.mjs';
import { COMPARISON } from './compare.mjs';

/**
 * @import { Row } from './compare.mjs'
 * @import { Run } from './train.mjs'
 */

/** Writes the training block of README.md, and its pictures in docs/, from a run of detloss and a comparison. */
export async function writeReadme() {
  /** @type {Run} */
  const run = JSON.parse(await readFile('build/train/run.json', 'utf8'));
  /** @type {Row[]} */
  const rows = JSON.parse(await readFile(COMPARISON, 'utf8'));
  await copyFile('build/train/curves.svg', 'docs/training.svg');
  await copyFile('build/train/detections.png', 'docs/training.png');
  await replaceBlock('training', describe(run, rows));
}

/**
 * @param {Run} run
 * @param {Row[]} rows
 */
function describe(
  { seed, epochs, steps, batch, heldOut, parameters, minutes, cpuMinutes, history },
  rows,
) {
  const { map50, map } = history[history.length - 1];
  const [{ model }] = cpus();
  const lines = rows.map(({ workload, loss, ms, tensorsMB, processMB }) => {
    const figures = [formatNumber(ms, 1), formatNumber(tensorsMB, 1), formatNumber(processMB, 0)];
    return `| ${[workload, loss, ...figures].join(' | ')} |`;
  });
  return `## A training run

![Eight held-out scenes of handwritten digits on clutter, with the boxes that were found](docs/training.png)

\`npm run train\` trains a detector of three levels with a DFL head from scratch, in TensorFlow.js with \`detloss/tfjs\`: digits of
MNIST in many sizes on clutter, ${formatNumber(parameters, 0)} parameters, ${epochs} epochs of ${steps} steps of ${batch} scenes. Seed ${seed}: **mAP@0.5 ${map50.toFixed(3)}**,
mAP@0.5:0.95 ${map.toFixed(3)} on ${heldOut} held-out scenes of digits by other writers, in ${minutes.toFixed(1)} minutes (${cpuMinutes.toFixed(1)} of processor time).

![Loss items and mean average precision over the epochs](docs/training.svg)

The same loss written in TensorFlow.js operations, on dense tensors of targets × anchors (\`npm run train -- --naive\`), beside it:

| | loss | ms | tensors, MB | process, MB |
| --- | --- | ---: | ---: | ---: |
${lines.join('\n')}

MB are peaks; of the process, what it grew by, detloss's own memory included. Measured by \`npm run train\` and
\`npm run train -- --compare\` on ${model.replace(/\s+/g, ' ').trim()}, ${cpus().length} cores, Node ${process.versions.node}. [examples/train](examples/train) has all of it: the scenes, the
model, the gradients of convolution that TensorFlow.js' WASM backend lacks, suppression, mean average precision, both losses.
`;
}
