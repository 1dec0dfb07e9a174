/**
 * Runs the checks in a page without a bundler: TensorFlow.js from script tags, detloss and the others as modules.
 *
 * @param {string} modules URL of the frameworks' modules
 */
export async function checkInPage(modules) {
  const { checkTfjs } = await import('./checks/tfjs.mjs');
  const { checkJax } = await import('./checks/jax.mjs');
  const { checkOrt } = await import('./checks/ort.mjs');
  const { tf } = /** @type {any} */ (globalThis);
  tf.wasm.setWasmPaths(`${modules}/@tensorflow/tfjs-backend-wasm/dist/`);
  tf.wasm.setThreadsCount(1);
  const jax = await import(`${modules}/@jax-js/jax/dist/index.js`);
  const ort = await import(`${modules}/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs`);
  ort.env.wasm.wasmPaths = `${modules}/onnxruntime-web/dist/`;
  ort.env.wasm.numThreads = 1;
  /** @type {Record<string, () => Promise<unknown>>} */
  const checks = {
    'tfjs cpu': () => checkTfjs(tf, 'cpu', { steps: 10 }),
    'tfjs wasm': () => checkTfjs(tf, 'wasm', { steps: 10 }),
    'tfjs webgl': () => checkTfjs(tf, 'webgl', { steps: 10 }),
    'tfjs webgpu': () => checkTfjs(tf, 'webgpu', { onGpu: true, steps: 5 }),
    'jax wasm': () => checkJax(jax, 'wasm'),
    'jax webgpu': () => checkJax(jax, 'webgpu'),
    'ort wasm': () => checkOrt(ort, 'wasm'),
    'ort webgpu': () => checkOrt(ort, 'webgpu'),
  };
  /** @type {Record<string, unknown>} */
  const found = {};
  for (const [name, check] of Object.entries(checks)) {
    found[name] = await check().catch((error) => ({ broken: `${error.stack ?? error}` }));
  }
  return found;
}
