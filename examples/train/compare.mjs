import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runForJson } from '../../bench/lib/process.mjs';
import { printFinding } from '../../bench/lib/table.mjs';

/**
 * @import { LossName } from './lib/loss.mjs'
 * @import { Figures } from './measure.mjs'
 *
 * @typedef {Figures & { loss: LossName, workload: string }} Row
 */

const MEASURE = fileURLToPath(new URL('measure.mjs', import.meta.url));
/** @type {LossName[]} */
const LOSSES = ['detloss', 'naive'];
const WORKLOADS = {
  step: 'a step of this training',
  loss: 'its loss and gradient',
  large: 'at 640×640 px, 80 classes, batch 4',
};
export const COMPARISON = 'build/train-compare.json';

/** Whatever else the machine does shall hit both losses alike. */
const TURNS = 3;

/** Measures both losses, each in a process of its own, and prints them side by side. */
export async function compare() {
  /** @type {Row[]} */
  const rows = [];
  for (const [workload, title] of Object.entries(WORKLOADS)) {
    const figures = await takeTurns(workload);
    rows.push(...LOSSES.map((loss, i) => ({ workload: title, loss, ...figures[i] })));
  }
  printFinding({
    title: 'detloss, and the same loss in TensorFlow.js operations',
    columns: [
      { key: 'workload', label: '' },
      { key: 'loss', label: 'loss' },
      { key: 'ms', label: 'ms', digits: 1 },
      { key: 'tensorsMB', label: 'tensors, MB', digits: 1 },
      { key: 'processMB', label: 'process, MB more', digits: 0 },
    ],
    rows: /** @type {any} */ (rows),
    notes: [
      'ms: of processor time, which others on the machine hardly touch; the least of many',
      "MB: peaks, of all tensors together, and of what the process grew by, detloss's own memory included",
    ],
  });
  await mkdir('build', { recursive: true });
  await writeFile(COMPARISON, `${JSON.stringify(rows, null, 2)}\n`);
}

/**
 * @param {string} workload
 * @returns {Promise<Figures[]>} a loss each
 */
async function takeTurns(workload) {
  /** @type {Figures[]} */
  const best = [];
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [i, loss] of LOSSES.entries()) {
      const figures = await runForJson([process.execPath, MEASURE, loss, workload]);
      if (best[i] === undefined || figures.ms < best[i].ms) best[i] = figures;
    }
  }
  return best;
}
