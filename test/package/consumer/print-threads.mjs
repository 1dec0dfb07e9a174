/**
 * Prints, as JSON, how many threads the criterion of problem.json has and its total, and does not dispose of it:
 *
 *   node print-threads.mjs 2        by the embedded script
 *   node print-threads.mjs 2 file   by the package's worker.js
 *   node print-threads.mjs auto 4   when 4 have come of themselves
 */
import { readFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { createDetectionLoss } from 'detloss';

const { config, feats, targets } = JSON.parse(
  await readFile(new URL('problem.json', import.meta.url), 'utf8'),
);
const threads = argv[2] === 'auto' ? 'auto' : Number(argv[2]);
const worker = argv[3] === 'file' ? new URL(import.meta.resolve('detloss/worker.js')) : undefined;
const criterion = await createDetectionLoss({ ...config, threads, worker });
if (threads === 'auto') {
  while (criterion.threads < Number(argv[3]))
    await new Promise((resolve) => setTimeout(resolve, 10));
}
const { total } = await criterion.valueAndGrad(
  feats.map((/** @type {{ data: number[], shape: number[] }} */ { data, shape }) => ({
    data: new Float32Array(data),
    shape,
  })),
  targets,
);
console.log(JSON.stringify({ threads: criterion.threads, total }));
