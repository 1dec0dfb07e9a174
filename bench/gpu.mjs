/**
 * Measures the passes, bytes and waits of the WebGPU backend for the work item, and its time; with timestamp queries also
 * GPU time and bandwidth. Runs wherever there is WebGPU:
 *
 *   npm run bench -- gpu                      Chromium on SwiftShader, Node and Deno likewise
 *   deno run --allow-all bench/gpu.mjs        this machine's GPU (after npm run build)
 *   npx vite bench --open gpu.html            this machine's GPU, in a browser
 */
import { createDetectionLoss } from 'detloss';
import { bytesByPass } from './lib/least-bytes.mjs';
import { median } from './lib/measure.mjs';
import { watchGpu } from './lib/watch-gpu.mjs';
import { concatenate, makeProblem, WORK_ITEM } from './shapes.mjs';

/** Largest number of calls, and longest total time: a call takes seconds on a software GPU. */
const MOST_CALLS = 50;
const MOST_MS = 10_000;

const STORAGE = 0x80;
const COPY_SRC = 0x04;
const COPY_DST = 0x08;

/**
 * @typedef {object} PassRow
 * @property {string} pass
 * @property {number} dispatches
 * @property {number} workgroups
 * @property {number} readMB
 * @property {number} writtenMB
 * @property {number | null} ms GPU time, median over calls
 * @property {number | null} bandwidth GB/s
 *
 * @typedef {object} Outcome
 * @property {string} adapter
 * @property {PassRow[]} rows
 * @property {number} callMs median, on the host
 * @property {number} denseMB megabytes that the passes over tensors move
 * @property {number} leastMB megabytes if all predictions are read once and all gradients written once
 * @property {{ waits: number, submits: number, upKB: number, downKB: number }} call
 */

/** @returns {Promise<Outcome>} */
export async function bench() {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('there is no WebGPU adapter');
  const wanted = /** @type {GPUFeatureName[]} */ (['subgroups', 'timestamp-query']);
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredFeatures: wanted.filter((name) => adapter.features.has(name)),
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  });
  const { numClasses, regMax, strides } = WORK_ITEM;
  const { feats, targets } = makeProblem(WORK_ITEM, 'nchw');
  const buffers = feats.map(({ data, shape }) => {
    const usage = STORAGE | COPY_SRC | COPY_DST;
    const buffer = device.createBuffer({ size: data.byteLength, usage });
    device.queue.writeBuffer(buffer, 0, /** @type {Float32Array<ArrayBuffer>} */ (data));
    return { data: buffer, shape };
  });
  const options = { numClasses, regMax, strides, backend: /** @type {const} */ ('webgpu'), device };
  const criterion = await createDetectionLoss(options);
  const takeTraffic = watchGpu(device);
  const { grads: out, assignment } = await criterion.valueAndGrad(buffers, targets);
  await takeTraffic();
  const calls = [];
  const times = [];
  const end = performance.now() + MOST_MS;
  while (calls.length < MOST_CALLS && performance.now() < end) {
    const start = performance.now();
    await criterion.valueAndGrad(buffers, targets, { out });
    times.push(performance.now() - start);
    calls.push(await takeTraffic());
  }
  criterion.dispose();
  device.destroy();
  const [{ waits, submits, bytesUp, bytesDown }] = calls;
  const subgroup = device.features.has('subgroups') ? (adapter.info.subgroupMinSize ?? 4) : 0;
  const rows = passRows(calls, targets, assignment.anchor.length, subgroup);
  const dense = rows.filter(({ pass }) =>
    ['dfl', 'background', 'slopes', 'classify', 'regress'].includes(pass),
  );
  const bytes = concatenate(feats).byteLength;
  const { vendor, architecture, description } = adapter.info;
  return {
    adapter: description || `${vendor} ${architecture}`,
    rows,
    callMs: median(times),
    denseMB: dense.reduce((sum, row) => sum + row.readMB + row.writtenMB, 0),
    leastMB: (2 * bytes) / 1e6,
    call: { waits, submits, upKB: bytesUp / 1e3, downKB: bytesDown / 1e3 },
  };
}

/**
 * @param {import('./lib/watch-gpu.mjs').Traffic[]} calls
 * @param {ReturnType<typeof makeProblem>['targets']} targets
 * @param {number} positives
 * @param {number} subgroup threads of the smallest; 0: the device has none
 * @returns {PassRow[]}
 */
function passRows(calls, targets, positives, subgroup) {
  const passOf = (/** @type {{ label: string }} */ { label }) => label.split(' ')[0];
  const names = [...new Set(calls[0].passes.map(passOf))];
  const own = (/** @type {string} */ name) =>
    calls.map(({ passes }) => passes.filter((pass) => passOf(pass) === name));
  const total = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0);
  const workgroups = new Map(
    names.map((name) => [name, total(own(name)[0].map((pass) => pass.workgroups))]),
  );
  const bytes = bytesByPass(WORK_ITEM, targets, positives, calls[0].passes, subgroup);
  return names.map((pass) => {
    const { read, written } = bytes[pass];
    const times = own(pass).map((passes) => total(passes.map(({ ms }) => ms ?? Number.NaN)));
    const ms = Number.isNaN(times[0]) ? null : median(times);
    return {
      pass,
      dispatches: own(pass)[0].length,
      workgroups: workgroups.get(pass) ?? 0,
      readMB: read / 1e6,
      writtenMB: written / 1e6,
      ms,
      bandwidth: ms ? (read + written) / 1e6 / ms : null,
    };
  });
}

/**
 * Formats the outcome as Markdown, to be pasted into a report.
 *
 * @param {Outcome} outcome
 */
export function formatOutcome({ adapter, rows, callMs, denseMB, leastMB, call }) {
  const number = (/** @type {number | null} */ value, digits = 2) => value?.toFixed(digits) ?? '–';
  const lines = rows.map(
    ({ pass, dispatches, workgroups, readMB, writtenMB, ms, bandwidth }) =>
      `| ${pass} | ${dispatches} | ${workgroups} | ${number(readMB)} | ${number(writtenMB)} | ` +
      `${number(ms, 3)} | ${number(bandwidth, 1)} |`,
  );
  return [
    `detloss on ${adapter}: value and gradients of the work item, batch ${WORK_ITEM.batch}, ${WORK_ITEM.imageSize} px`,
    '',
    '| pass | dispatches | workgroups | MB read | MB written | GPU ms | GB/s |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
    '',
    `Passes over tensors move ${number(denseMB, 1)} MB, ${number(denseMB / leastMB, 3)} times the least, ${number(leastMB, 1)} MB.`,
    `A call: ${number(callMs)} ms on the host, ${call.waits} waits, ${call.submits} submits, ` +
      `${number(call.upKB, 1)} kB up, ${number(call.downKB, 1)} kB down.`,
  ].join('\n');
}

const { main } = /** @type {{ main?: boolean }} */ (/** @type {unknown} */ (import.meta));
if (main && 'Deno' in globalThis) console.log(formatOutcome(await bench()));
