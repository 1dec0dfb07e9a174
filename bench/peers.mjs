/** Measures the speed and the accuracy of other libraries for the class loss and its gradient of the same logits. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../scripts/ensure-installed.mjs';
import { inProcess, reasonOf, runForJson } from './lib/process.mjs';
import { formatNumber } from './lib/table.mjs';
import { sumOfSoftplus } from './peers/exact.mjs';
import { CLASS_LOGITS_ONLY, classLogitsOf, makeProblem } from './shapes.mjs';

/**
 * @typedef {object} Peer
 * @property {string} title
 * @property {string} module of bench/
 * @property {number} threads
 * @property {string} counted work that its time includes
 *
 * @typedef {object} Outcome
 * @property {string} version
 * @property {number} ms
 * @property {number} copyMs
 * @property {number} copies `ms` divided by the time of one memcpy of the logits
 * @property {number} error relative error of the sum
 * @property {number} gradError relative L2 error of the gradient
 */

const OURS = 'class-loss.mjs';
const PYTORCH = 'peers/pytorch.py';
/** @type {Peer[]} */
const PEERS = [
  {
    title: 'detloss',
    module: OURS,
    threads: 1,
    counted: 'copies in and out, and zeros to 4 box channels',
  },
  {
    title: 'jax-js',
    module: 'peers/jax.mjs',
    threads: 1,
    counted: 'jit; arrays stay in its memory',
  },
  {
    title: 'ONNX Runtime Web',
    module: 'peers/onnxruntime.mjs',
    threads: 1,
    counted: 'copies in and out',
  },
  {
    title: 'TensorFlow.js WASM',
    module: 'peers/tfjs.mjs',
    threads: 1,
    counted: 'tensors stay in its memory',
  },
  { title: 'PyTorch', module: PYTORCH, threads: 1, counted: 'freed memory is kept' },
  { title: 'PyTorch', module: PYTORCH, threads: 2, counted: 'freed memory is kept' },
];
/** Environment that makes the allocator keep freed memory; otherwise fresh pages would take longer than the loss. */
const KEEP_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 32),
  MALLOC_TOP_PAD_: String(2 ** 28),
};
/** Python of the path, and that of the system, which may have PyTorch where a version manager's has not. */
const PYTHONS = ['python3', '/usr/bin/python3'];

/** @returns {Promise<import('./lib/table.mjs').Finding[]>} */
export async function bench() {
  await ensureInstalled('bench/peers');
  const folder = await mkdtemp(join(tmpdir(), 'detloss-bench-'));
  try {
    const shape = CLASS_LOGITS_ONLY;
    const logits = classLogitsOf(makeProblem(shape, 'nchw').feats, shape);
    const file = join(folder, 'logits.f32');
    await writeFile(file, logits);
    return [await compare(logits, file)];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * @param {Float32Array} logits
 * @param {string} file path of a file with the logits
 * @returns {Promise<import('./lib/table.mjs').Finding>}
 */
async function compare(logits, file) {
  const rows = [];
  const missing = [];
  for (const peer of PEERS) {
    const { title, module, threads, counted } = peer;
    try {
      const { version, ...figures } = await run(peer, logits, file);
      rows.push({ module, peer: `${title} ${version}`, threads, counted, ...figures });
    } catch (error) {
      if (module === OURS) throw error;
      missing.push({ what: `${title}, threads ${threads}`, reason: reasonOf(error) });
    }
  }
  rows.sort((a, b) => a.ms - b.ms);
  const megabytes = Math.round(logits.byteLength / 1e6);
  return {
    title: 'Class loss (BCE with logits, summed) and its gradient',
    subject: `${formatNumber(logits.length, 0)} logits, ${megabytes} MB`,
    columns: [
      { key: 'peer', label: '' },
      { key: 'threads', label: 'threads', digits: 0 },
      { key: 'ms', label: 'ms', digits: 1 },
      { key: 'copies', label: 'copies', digits: 2 },
      { key: 'error', label: 'error of the sum', digits: 1, scientific: true },
      { key: 'gradError', label: 'of the gradient', digits: 1, scientific: true },
      { key: 'counted', label: 'counted' },
    ],
    rows,
    notes: [
      'copies: median ratio to one memcpy of the logits, measured alternately with the work, in one process each',
      'errors are relative to float64; that of the gradient is relative L2',
    ],
    missing,
  };
}

/**
 * @param {Peer} peer
 * @param {Float32Array} logits
 * @param {string} file path of a file with the logits
 * @returns {Promise<Outcome>}
 */
async function run({ module, threads }, logits, file) {
  if (module !== PYTORCH) return inProcess([process.execPath], 'peers/in-node.mjs', [module]);
  const script = fileURLToPath(new URL(module, import.meta.url));
  const reasons = [];
  for (const python of PYTHONS) {
    try {
      const command = [python, script, file, String(threads)];
      const { sum, ...figures } = await runForJson(command, KEEP_MEMORY);
      return { ...figures, error: Math.abs(sum / sumOfSoftplus(logits) - 1) };
    } catch (error) {
      reasons.push(`${python}: ${reasonOf(error)}`);
    }
  }
  throw new Error(reasons.join('; '));
}
