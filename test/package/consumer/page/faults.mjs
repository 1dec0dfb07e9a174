/**
 * Breaks the part of this page that its address names (`?killed-worker`), and shows the result for problem.json: totals
 * and threads, or the code and message of the error.
 */
const DIST = new URL('../node_modules/detloss/dist/', import.meta.url);
/** @type {typeof import('../../../../src/index.ts')} */
const { createDetectionLoss } = await import(new URL('index.js', DIST).href);
const { config, feats, targets } = await (await fetch('../problem.json')).json();
/** @typedef {import('../../../../src/index.ts').DetectionLossConfig} Config */

const own = feats.map((/** @type {{ data: number[], shape: number[] }} */ { data, shape }) => ({
  data: new Float32Array(data),
  shape,
}));
/** Number of pages of 64 KiB, too few for an image of many cells. */
const MOST_PAGES = 40;
/** Number of submissions to try, some more than a call makes. */
const MOST_SUBMITS = 12;

/** @param {Partial<Config>} more */
const create = (more) => createDetectionLoss({ ...config, ...more });

/**
 * Returns total, backend and threads of a call.
 *
 * @param {Partial<Config>} more
 */
async function run(more) {
  const criterion = await create(more);
  const { total } = await criterion.valueAndGrad(own, targets);
  const { backend, backendReason, threads, threadsReason } = criterion;
  criterion.dispose();
  return { total, backend, backendReason, threads, threadsReason };
}

/** Lists every worker that is created. */
function watchWorkers() {
  /** @type {Worker[]} */
  const workers = [];
  globalThis.Worker = class extends Worker {
    /** @param {ConstructorParameters<typeof Worker>} given */
    constructor(...given) {
      super(...given);
      workers.push(this);
    }
  };
  return workers;
}

async function device() {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error('the page has no adapter');
  return adapter.requestDevice();
}

/** @type {Record<string, () => Promise<object>>} */
const FAULTS = {
  threads: () => run({ backend: 'wasm', threads: 2 }),

  async 'killed-worker'() {
    const workers = watchWorkers();
    const criterion = await create({ backend: 'wasm', threads: 2 });
    const before = await criterion.valueAndGrad(own, targets);
    for (const worker of workers) worker.terminate();
    const after = await criterion.valueAndGrad(own, targets);
    criterion.dispose();
    return { killed: workers.length, total: after.total, isSame: after.total === before.total };
  },

  'missing-worker': () =>
    run({ backend: 'wasm', threads: 2, worker: new URL('no-such-worker.js', DIST) }),

  async 'full-memory'() {
    globalThis.WebAssembly.Memory = class extends WebAssembly.Memory {
      /** @param {WebAssembly.MemoryDescriptor} descriptor */
      constructor(descriptor) {
        super({ ...descriptor, maximum: MOST_PAGES });
      }
    };
    const criterion = await createDetectionLoss({ numClasses: 5, regMax: 8, strides: [8] });
    const large = { data: new Float32Array(37 * 320 * 320), shape: [1, 37, 320, 320] };
    const target = { batchIdx: [0], cls: [0], bboxes: [0.5, 0.5, 1, 1] };
    return criterion.valueAndGrad([large], target);
  },

  async 'no-adapter'() {
    navigator.gpu.requestAdapter = async () => null;
    return run({ backend: 'auto', threads: 1 });
  },

  async 'no-adapter-for-webgpu'() {
    navigator.gpu.requestAdapter = async () => null;
    return run({ backend: 'webgpu' });
  },

  async 'no-device'() {
    GPUAdapter.prototype.requestDevice = () => Promise.reject(new Error('the driver says no'));
    return run({ backend: 'webgpu' });
  },

  /** An adapter with the specification's default limits and no feature. */
  async 'poor-adapter'() {
    Object.defineProperty(GPUAdapter.prototype, 'features', { value: new Set() });
    return run({ backend: 'webgpu' });
  },

  /** A device that is lost at every submission of a call in turn, and while its passes are compiled. */
  async 'lost-device'() {
    const codes = [];
    const compiled = await device();
    const creating = create({ device: compiled });
    compiled.destroy();
    codes.push(await creating.then(() => 'right', codeOf));
    let message = '';
    for (let nth = 1; nth <= MOST_SUBMITS; nth++) {
      const lost = await device();
      const criterion = await create({ device: lost });
      const submit = lost.queue.submit.bind(lost.queue);
      let submits = 0;
      lost.queue.submit = (buffers) => {
        // Submissions without commands only poke the queue
        if ([...buffers].length > 0 && ++submits === nth) lost.destroy();
        submit(buffers);
      };
      const code = await criterion.valueAndGrad(own, targets).then(
        () => 'right',
        (error) => {
          message = error.message;
          return codeOf(error);
        },
      );
      criterion.dispose();
      codes.push(code);
      lost.destroy();
      if (submits < nth) break;
    }
    const again = await device();
    const { total } = await run({ device: again });
    again.destroy();
    return { codes, message, total };
  },
};

/** @param {{ code?: string }} error */
function codeOf(error) {
  return error.code ?? String(error);
}

const fault = FAULTS[location.search.slice(1)];
const outcome = await fault().catch((error) => ({ code: codeOf(error), message: error.message }));
const [output] = document.getElementsByTagName('output');
output.value = JSON.stringify(outcome);
