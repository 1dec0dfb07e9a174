/** Prints the total of problem.json by a package that is loaded with `require`, and which names both ways of loading share. */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { createDetectionLoss } = require('detloss');
const { fromOrt } = require('detloss/ort');

(async () => {
  const { computeTotal } = await import('./compute-total.mjs');
  const problem = JSON.parse(readFileSync(join(__dirname, 'problem.json'), 'utf8'));
  const total = await computeTotal(createDetectionLoss, problem);
  const isSame = (await import('detloss')).createDetectionLoss === createDetectionLoss;
  console.log(JSON.stringify({ total, isSame, adapter: typeof fromOrt }));
})();
