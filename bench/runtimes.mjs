/** Runs detection.mjs in every runtime of the suite, and puts the results side by side. */
import { inChromium } from './lib/chromium.mjs';
import { inProcess, reasonOf } from './lib/process.mjs';
import { inVisitor } from './lib/visitor.mjs';
import { WORK_ITEM } from './shapes.mjs';

/**
 * @typedef {import('./lib/machine.mjs').Host} Host
 * @typedef {import('./lib/table.mjs').Column} Column
 * @typedef {import('./lib/table.mjs').Finding} Finding
 * @typedef {import('./lib/table.mjs').Row} Row
 * @typedef {Awaited<ReturnType<typeof import('./detection.mjs').bench>>} Timings
 */

const MODULE = 'detection.mjs';
/** Limit for one image: a 15th of the time of a batch of 16, plus a fixed part per call. */
const ONE_IMAGE_SHARE = 1 / 15;
const CALL_MS = 0.3;

/**
 * @param {Host[]} hosts
 * @returns {Promise<Finding[]>}
 */
export async function bench(hosts) {
  /** @type {{ host: Host, timings: Timings }[]} */
  const done = [];
  const missing = [];
  for (const host of hosts) {
    try {
      if (host.missing) throw new Error(host.missing);
      done.push({ host, timings: await run(host) });
    } catch (error) {
      missing.push({ what: host.label, reason: reasonOf(error) });
    }
  }
  return [{ ...sideBySide(done), missing }, oneImage(done)];
}

/**
 * @param {Host} host
 * @returns {Promise<Timings>}
 */
function run({ command, chromium, visitor }) {
  if (visitor) return inVisitor(visitor, MODULE);
  return chromium ? inChromium(chromium, MODULE) : inProcess(command, MODULE);
}

/**
 * @param {{ host: Host, timings: Timings }[]} done
 * @returns {Finding}
 */
function sideBySide(done) {
  const { batch, imageSize, numClasses, regMax, strides, targets } = WORK_ITEM;
  const anchors = strides.reduce((sum, stride) => sum + (imageSize / stride) ** 2, 0);
  const megabytes = Math.round((batch * anchors * (4 * regMax + numClasses) * 4) / 1e6);
  const rows = new Map();
  for (const { host, timings } of done) {
    const [{ copyMs }] = timings.timings;
    const copy = {
      method: 'copy',
      layout: '',
      threads: '',
      tensors: '',
      ms: copyMs,
      copies: 1,
      speedup: null,
    };
    for (const { ms, copies, ...timing } of [copy, ...timings.timings]) {
      const { method, layout, threads, tensors, speedup } = timing;
      const key = `${method} ${layout} ${threads} ${tensors}`;
      const row = rows.get(key) ?? { method, layout, threads, tensors };
      const own = { ms, copies, speedup };
      rows.set(key, { ...row, ...prefixed(host.key, own) });
    }
  }
  return {
    title: 'Detection loss',
    subject: `batch ${batch}, ${imageSize}×${imageSize}, ${numClasses} classes, ${targets} targets an image; ${megabytes} MB in, ${megabytes} MB out`,
    columns: [...labels(), ...columns(done, ['ms', 'copies', 'speedup'])],
    rows: [...rows.values()],
    notes: [
      'copies: median ratio to one memcpy of all predictions between warm arrays, measured alternately with the work',
      'speedup: relative to one thread on ordinary arrays, measured alternately too',
    ],
  };
}

/**
 * @param {{ host: Host, timings: Timings }[]} done
 * @returns {Finding}
 */
function oneImage(done) {
  const rows = new Map();
  for (const { host, timings } of done) {
    for (const { layout, threads, tensors, ms, batchMs, speedup } of timings.oneImage) {
      const key = `${layout} ${threads} ${tensors}`;
      const row = rows.get(key) ?? { method: 'valueAndGrad', layout, threads, tensors };
      const own = { ms, limit: batchMs * ONE_IMAGE_SHARE + CALL_MS, speedup };
      rows.set(key, { ...row, ...prefixed(host.key, own) });
    }
  }
  return {
    title: `One image of that batch, and its limit: 1/${1 / ONE_IMAGE_SHARE} of the batch's time + ${CALL_MS} ms`,
    columns: [...labels(), ...columns(done, ['ms', 'limit', 'speedup'])],
    rows: [...rows.values()],
    notes: [],
  };
}

/** @returns {Column[]} */
function labels() {
  return ['method', 'layout', 'threads', 'tensors'].map((key) => ({ key, label: key }));
}

/**
 * @param {string} host
 * @param {Row} own
 * @returns {Row}
 */
function prefixed(host, own) {
  return Object.fromEntries(Object.entries(own).map(([key, value]) => [`${host} ${key}`, value]));
}

/**
 * Repeats columns for each runtime.
 *
 * @param {{ host: Host }[]} done
 * @param {string[]} names
 * @returns {Column[]}
 */
function columns(done, names) {
  return done.flatMap(({ host: { key, label } }) =>
    names.map((name, i) => ({
      key: `${key} ${name}`,
      label: `${i === 0 ? label : ''}\n${name}`,
      digits: 2,
    })),
  );
}
