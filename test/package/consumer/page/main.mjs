/**
 * Shows the outcome of a criterion in <output>. In the page's address, `?wasm=detloss.wasm` has the
 * binary fetched, `&worker` has a worker do it all.
 */
import { outcomeOf } from './outcome.mjs';

const query = new URLSearchParams(location.search);
const wasm = query.get('wasm');
const outcome = query.has('worker') ? await outcomeInWorker(wasm) : await outcomeOf(wasm);
const [output] = document.getElementsByTagName('output');
output.value = JSON.stringify(outcome);

/**
 * @param {string | null} wasm
 * @returns {Promise<import('./outcome.mjs').Outcome>}
 */
function outcomeInWorker(wasm) {
  const worker = new Worker(new URL('worker.mjs', import.meta.url), { type: 'module' });
  worker.postMessage(wasm);
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = () => reject(new Error('the worker broke'));
  });
}
