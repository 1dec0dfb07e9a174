/** Writes docs/speed.svg and the speed blocks of README.md and docs/speed.md from bench/results/latest.json. */
import { readFile, writeFile } from 'node:fs/promises';
import { ensureInstalled } from '../scripts/ensure-installed.mjs';
import { DETECTION } from '../scripts/measure-parts.mjs';
import { replaceBlock } from '../scripts/replace-block.mjs';
import { formatNumber } from './lib/table.mjs';

/**
 * @typedef {import('./index.mjs').Results} Results
 * @typedef {import('./lib/table.mjs').Row} Row
 * @typedef {import('./chart/draw-bars.mjs').Panel} Panel
 */

const ROOT = new URL('../', import.meta.url);

/** @type {Results} */
const results = JSON.parse(await readFile(new URL('results/latest.json', import.meta.url), 'utf8'));
const [sideBySide] = results.findings.detection;
const [peers] = results.findings.peers;
const [crowd] = results.findings.crowd[0].rows;
const [start] = results.findings.start[0].rows;
const [small] = results.findings.small[0].rows;
const [detection, ...tasks] = results.findings.tasks[0].rows;
const [threads] = results.findings.threads;
const entry = results.findings.start[1].rows.find(({ part }) => part === DETECTION);
/** Runtimes that have been measured. */
const hosts = results.hosts.filter(({ key }) => `${key} ms` in sideBySide.rows[0]);

await ensureInstalled('bench/chart');
const { drawBars } = await import('./chart/draw-bars.mjs');
const panels = [peersPanel(), runtimesPanel()];
await writeFile(new URL('docs/speed.svg', ROOT), await drawBars(panels));

await replaceBlock('README.md', 'speed', writeSummary(panels));
await replaceBlock('docs/speed.md', 'speed', writeMeasurements(panels));

/** @returns {Panel} */
function peersPanel() {
  const ours = peers.rows.find(({ module }) => module === 'class-loss.mjs');
  const bars = peers.rows.map((row) => {
    const name = withThreads(row.peer, row);
    const bar = makeBar(name, row.ms, row.copies, row === ours);
    return { ...bar, label: `${bar.label}, error ${exponential(row.error)}` };
  });
  const copy = makeBar('a copy of the logits', ours?.copyMs, 1, false);
  return {
    title: 'Class loss and its gradient, beside other libraries',
    subtitle: `${peers.subject}; error of the sum they return, relative to float64`,
    bars: [copy, ...bars],
  };
}

/** @returns {Panel} */
function runtimesPanel() {
  const rows = sideBySide.rows.filter((r) => r.method === 'valueAndGrad' && r.layout === 'nchw');
  const bars = hosts.flatMap(({ key, label }) =>
    rows.map((row) => {
      const name = withThreads(label, row);
      return makeBar(name, row[`${key} ms`], row[`${key} copies`], true);
    }),
  );
  const copyMs = sideBySide.rows[0][`${hosts[0].key} ms`];
  return {
    title: 'The whole detection loss and its gradients, in each runtime',
    subtitle: sideBySide.subject ?? '',
    bars: [makeBar('a copy of the predictions', copyMs, 1, false), ...bars],
  };
}

/**
 * @param {string} name
 * @param {unknown} ms
 * @param {unknown} copies
 * @param {boolean} isOurs
 */
function makeBar(name, ms, copies, isOurs) {
  const label = `${number(copies, 1)} copies, ${number(ms, 0)} ms`;
  return {
    name,
    length: Number(copies),
    label: copies === 1 ? `${number(ms, 0)} ms` : label,
    isOurs,
  };
}

/** @param {Panel[]} panels */
function describe(panels) {
  return panels
    .map(({ title, bars }) => `${title}: ${bars.map((b) => `${b.name} ${b.label}`).join('; ')}.`)
    .join(' ');
}

/**
 * @param {unknown} name
 * @param {Row} row
 */
function withThreads(name, { threads, tensors }) {
  const where = tensors === 'allocated' ? ', tensors allocated' : '';
  return threads === 1 ? `${name}` : `${name}, ${threads} threads${where}`;
}

/**
 * @param {unknown} value
 * @param {number} digits
 */
function number(value, digits) {
  return formatNumber(Number(value), digits);
}

/**
 * The block of README.md.
 *
 * @param {Panel[]} panels
 */
function writeSummary(panels) {
  const [{ key, label }] = hosts;
  const row = sideBySide.rows.find((r) => r.method === 'valueAndGrad' && r.threads === 1);
  return `## Speed

![${describe(panels)}](docs/speed.svg)

Times are relative to one memcpy of the same data, measured alternately. On ${label}, with one thread, the detection loss and its
gradients take as long as ${number(row?.[`${key} copies`], 1)} memcpys of the predictions. [All measurements](docs/speed.md)
`;
}

/**
 * The block of docs/speed.md.
 *
 * @param {Panel[]} panels
 */
function writeMeasurements(panels) {
  const absent = [sideBySide, peers].flatMap(({ missing = [] }) => missing.map(({ what }) => what));
  const left = Math.max(0, Number(small.grownKB));
  return `![${describe(panels)}](speed.svg)

Times are relative to one memcpy of the same data, measured alternately: "4 copies" means four times as long as that memcpy.
They are measured on one thread, unless a bar or a row says otherwise. detloss's times include its copies into and out of WASM memory, except for
tensors that it allocated. Libraries whose tensors stay in a memory of their own were not charged for any copy. The machine is shared,
and faster at some hours: compare figures of one table.

${runtimesTable()}

"Tensors allocated" means that the caller's tensors come from [\`allocate\`](guides/threads-and-csp.md#memory-that-threads-share).

Threads on an idle machine, and while an endless loop keeps one of its processors busy: \`valueAndGrad\` in Node, relative to one thread on ordinary
arrays, median of ${threads.rows[0].runs} runs, least and largest in brackets.

${threadsTable()}

- First result in a fresh process: ${number(start.total, 0)} ms after \`import\`, which loads ${number(entry?.gzipKB, 0)} kB, gzipped.
- One 96×96 image with 4 targets: ${number(small.us, 0)} µs per call, and ${number(left, 0)} kB of heap growth in ${number(small.calls, 0)} calls.
- ${number(crowd.targets, 0)} targets in one image: ${number(crowd.ms, 0)} ms and ${number(crowd.grownMB, 0)} MB.
- Other tasks on the same batch, where detection takes ${number(detection.ms, 0)} ms: ${listTasks()}.

Measured by \`npm run bench\`, which prints more tables than these, on ${results.machine}.
${absent.length > 0 ? `Not measured there: ${absent.join('; ')}.\n` : ''}`;
}

function threadsTable() {
  const rows = threads.rows.map(
    (row) => `| ${row.threads} | ${row.tensors} | ${row.idle} | ${row.busy} |`,
  );
  return [
    '| threads | tensors | idle | one processor busy |',
    '| --- | --- | ---: | ---: |',
    ...rows,
  ].join('\n');
}

function listTasks() {
  return tasks
    .filter(({ task }) => task !== 'classification')
    .map(({ task, ms }) => `${task} ${number(ms, 0)}`)
    .join(', ');
}

/** @param {unknown} value */
function exponential(value) {
  return Number(value).toExponential(1).replace('e-', 'e−');
}

/** Table of every method in milliseconds and copies, with one column per runtime. */
function runtimesTable() {
  const rows = sideBySide.rows.map((row) => [
    nameOf(row),
    ...hosts.map(
      ({ key }) => `${number(row[`${key} ms`], 1)} · ${number(row[`${key} copies`], 1)}`,
    ),
  ]);
  const head = ['ms · copies', ...hosts.map(({ label }) => label)];
  const rule = ['---', ...hosts.map(() => '---:')];
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @param {Row} row */
function nameOf({ method, layout, threads, tensors }) {
  if (method === 'copy') return 'a copy of the predictions';
  return withThreads(`\`${method}\`, ${layout}`, { threads, tensors });
}
