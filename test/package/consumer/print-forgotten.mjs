/**
 * Prints how many of a criterion's worker threads ended after the criterion was collected:
 *
 *   node --expose-gc print-forgotten.mjs
 */
import threads from 'node:worker_threads';
import { createDetectionLoss } from 'detloss';

// A worker keeps no process alive, a timer does. A correct process takes a second, on a busy machine some more
const LONGEST_MS = 10 * 60_000;

let ended = 0;
threads.Worker = class extends threads.Worker {
  /** @param {ConstructorParameters<typeof threads.Worker>} given */
  constructor(...given) {
    super(...given);
    this.on('exit', () => ended++);
  }
};

async function forget() {
  const criterion = await createDetectionLoss({ numClasses: 3, threads: 3 });
  if (criterion.threads !== 3) throw new Error(`it had ${criterion.threads} threads`);
}

await forget();
for (const end = Date.now() + LONGEST_MS; ended < 2 && Date.now() < end; ) {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
console.log(ended);
