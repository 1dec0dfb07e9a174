/**
 * Prints, as JSON, what a check finds in this Node, with the frameworks that the examples lock:
 *
 *   node in-node.mjs tfjs
 */
import { createRequire } from 'node:module';
import { argv } from 'node:process';
import { checkJax } from './checks/jax.mjs';
import { checkOrt } from './checks/ort.mjs';
import { checkTfjs } from './checks/tfjs.mjs';

const FOLDER = new URL('../../examples/frameworks/', import.meta.url);
const load = createRequire(FOLDER);
const STEPS = 100;

/** @type {Record<string, () => Promise<unknown>>} */
const CHECKS = {
  async tfjs() {
    const tf = load('@tensorflow/tfjs');
    const { setThreadsCount } = load('@tensorflow/tfjs-backend-wasm');
    setThreadsCount(1);
    return {
      cpu: await checkTfjs(tf, 'cpu', { steps: STEPS }),
      wasm: await checkTfjs(tf, 'wasm', { steps: STEPS }),
    };
  },
  async jax() {
    // Its CommonJS build is another one
    const { href } = new URL('node_modules/@jax-js/jax/dist/index.js', FOLDER);
    const jax = await import(href);
    return { cpu: await checkJax(jax, 'cpu'), wasm: await checkJax(jax, 'wasm') };
  },
  async ort() {
    const ort = load('onnxruntime-web');
    ort.env.wasm.numThreads = 1;
    return { wasm: await checkOrt(ort, 'wasm') };
  },
};

console.log(JSON.stringify(await CHECKS[argv[2]]()));
