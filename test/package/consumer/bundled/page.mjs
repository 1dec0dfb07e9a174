/** Shows in <output> what `outcome` is in this page, and in a worker that the bundler finds here. */
import { outcome } from './outcome.mjs';

const worker = new Worker(new URL('./worker.mjs', import.meta.url), { type: 'module' });
const inWorker = new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(`the worker broke: ${message}`));
});
const [output] = document.getElementsByTagName('output');
output.value = JSON.stringify({ page: await outcome(), worker: await inWorker });
