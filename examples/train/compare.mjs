import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * @import { LossName } from './lib/loss.mjs'
 * @import { Figures } from './measure.mjs'
 *
 * @typedef {Figures & { loss: LossName, workload: string }} Row
 */

const run = promisify(execFile);
const MEASURE = fileURLToPath(new URL('measure.mjs', import.meta.url));
/** @type {LossName[]} */
const LOSSES = ['detloss', 'naive'];
const WORKLOADS = {
  step: 'a step of this training',
  loss: 'its loss and gradient',
  large: 'at 640×640 px, 80 classes, batch 4',
};
const COMPARISON = 'build/train-compare.json';

/** Rounds in which both losses are measured in turn, so that other work on the machine affects both alike. */
const TURNS = 3;
/** A measurement takes a minute at most on an idle machine. */
const LONGEST_MS = 5 * 60_000;

/** Measures both losses on every workload, and prints them side by side. */
export async function compare() {
  /** @type {Row[]} */
  const rows = [];
  for (const [workload, title] of Object.entries(WORKLOADS)) {
    const figures = await takeTurns(workload);
    rows.push(...LOSSES.map((loss, i) => ({ workload: title, loss, ...figures[i] })));
  }
  console.log('detloss, and the same loss in TensorFlow.js operations');
  console.table(
    rows.map(({ workload, loss, ms, tensorsMB, processMB }) => ({
      workload,
      loss,
      ms: ms.toFixed(1),
      'tensors, MB': tensorsMB.toFixed(1),
      'process, MB more': processMB.toFixed(0),
    })),
  );
  console.log('  ms: processor time, which other programs hardly affect; the least of many rounds');
  console.log(
    "  MB: peaks of all tensors, and growth of the process, detloss's own memory included",
  );
  await mkdir('build', { recursive: true });
  await writeFile(COMPARISON, `${JSON.stringify(rows, null, 2)}\n`);
}

/**
 * Measures both losses in turn, each in a fresh process.
 *
 * @param {string} workload
 * @returns {Promise<Figures[]>} one for each of `LOSSES`
 */
async function takeTurns(workload) {
  /** @type {Figures[]} */
  const best = [];
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [i, loss] of LOSSES.entries()) {
      const { stdout } = await run(process.execPath, [MEASURE, loss, workload], {
        timeout: LONGEST_MS,
      });
      /** @type {Figures} */
      const figures = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
      if (best[i] === undefined || figures.ms < best[i].ms) best[i] = figures;
    }
  }
  return best;
}
