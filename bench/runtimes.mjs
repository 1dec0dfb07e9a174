/** detection.mjs in every runtime of the suite, side by side. */
import { inChromium } from './lib/chromium.mjs';
import { inProcess, reasonOf } from './lib/process.mjs';
import { WORK_ITEM } from './shapes.mjs';

/**
 * @typedef {import('./lib/machine.mjs').Host} Host
 * @typedef {import('./lib/table.mjs').Column} Column
 * @typedef {import('./lib/table.mjs').Finding} Finding
 * @typedef {import('./lib/table.mjs').Row} Row
 * @typedef {Awaited<ReturnType<typeof import('./detection.mjs').bench>>} Timings
 */

const MODULE = 'detection.mjs';
/** What one image may cost: its share if a batch of 16 had 15, and a fixed part a call. */
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
function run({ command, chromium }) {
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
    const copy = { method: 'copy', layout: '', threads: '', ms: copyMs, copies: 1 };
    for (const { method, layout, threads, ms, copies } of [copy, ...timings.timings]) {
      const key = `${method} ${layout} ${threads}`;
      const row = rows.get(key) ?? { method, layout, threads };
      rows.set(key, { ...row, [`${host.key} ms`]: ms, [`${host.key} copies`]: copies });
    }
  }
  return {
    title: 'Detection loss',
    subject: `batch ${batch}, ${imageSize}×${imageSize}, ${numClasses} classes, ${targets} targets an image; ${megabytes} MB in, ${megabytes} MB out`,
    columns: [...labels(), ...pairs(done, 'ms', 'copies')],
    rows: [...rows.values()],
    notes: [
      'copies: median ratio to a copy of all predictions between warm arrays, which takes turns with the work',
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
    for (const { layout, threads, ms, batchMs } of timings.oneImage) {
      const key = `${layout} ${threads}`;
      const row = rows.get(key) ?? { method: 'valueAndGrad', layout, threads };
      const limit = batchMs * ONE_IMAGE_SHARE + CALL_MS;
      rows.set(key, { ...row, [`${host.key} ms`]: ms, [`${host.key} limit`]: limit });
    }
  }
  return {
    title: `One image of that batch, and its limit: 1/${1 / ONE_IMAGE_SHARE} of the batch's time + ${CALL_MS} ms`,
    columns: [...labels(), ...pairs(done, 'ms', 'limit')],
    rows: [...rows.values()],
    notes: [],
  };
}

/** @returns {Column[]} */
function labels() {
  return ['method', 'layout', 'threads'].map((key) => ({ key, label: key }));
}

/**
 * Two columns a runtime.
 *
 * @param {{ host: Host }[]} done
 * @param {string} first
 * @param {string} second
 * @returns {Column[]}
 */
function pairs(done, first, second) {
  return done.flatMap(({ host: { key, label } }) => [
    { key: `${key} ${first}`, label: `${label}\n${first}`, digits: 2 },
    { key: `${key} ${second}`, label: `\n${second}`, digits: 2 },
  ]);
}
