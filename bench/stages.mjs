/**
 * Profiles valueAndGrad of the work item by stage. A timer runs around every WASM export, and around every copy and fill of a
 * typed array; the timers themselves take time.
 */
import { createDetectionLoss } from 'detloss';
import { hookWasm } from './lib/hook-wasm.mjs';
import { median } from './lib/measure.mjs';
import { makeProblem, WORK_ITEM } from './shapes.mjs';

const WARMUP_ROUNDS = 20;
const ROUNDS = 40;
/** Stages in the order of a call, with their kernels and copies. A kernel that no stage names is a stage of its own. */
const STAGES = Object.entries({
  candidates: ['uprightCandidates'],
  decode: ['decode'],
  'overlap, align, top-k': ['choose'],
  'claim, resolve': ['claim', 'resolve'],
  scores: ['measurePositives', 'score'],
  'class loss, foreground': ['foreground'],
  'class loss, background': ['background'],
  regress: ['regress'],
  'copies in': ['copies in'],
  'copies out': ['copies out'],
  'zero fill of gradients': ['zero fill'],
  'zero fill of scratch': ['zero scratch'],
});

/** Milliseconds of each timed function in the current round. @type {Map<string, number>} */
let spent = new Map();

/** @returns {Promise<import('./lib/table.mjs').Finding[]>} */
export async function bench() {
  const memories = hookWasm((name, kernel) => timed(() => name, kernel));
  timeCopiesAndFills((buffer) => memories.some((memory) => memory.buffer === buffer));
  const profiles = [await profile('nchw'), await profile('nhwc')];
  return [
    {
      title: 'Profile of valueAndGrad, by stage, on one thread',
      columns: [
        { key: 'stage', label: 'stage' },
        ...profiles.flatMap(({ layout }) => [
          { key: `${layout} ms`, label: `${layout}\nms`, digits: 2 },
          { key: `${layout} share`, label: '\n%', digits: 1 },
        ]),
      ],
      rows: byStage(profiles),
      notes: [
        'untimed rest: validation, gathering of pairs and positives in JavaScript, and the timers themselves',
      ],
    },
  ];
}

/** @param {Profile[]} profiles */
function byStage(profiles) {
  const known = STAGES.flatMap(([, names]) => names);
  const timedNames = new Set(profiles.flatMap(({ ms }) => [...ms.keys()]));
  const absent = known.filter((name) => !timedNames.has(name));
  if (absent.length > 0) throw new Error(`stages: nothing has the name ${absent.join(', ')}`);
  const others = [...timedNames].filter((name) => !known.includes(name));
  const stages = [...STAGES, ...others.map((name) => /** @type {const} */ ([name, [name]]))];
  const rows = stages.map(([stage, names]) =>
    rowOf(stage, profiles, ({ ms }) => sum(names.map((name) => ms.get(name) ?? 0))),
  );
  const all = (/** @type {Profile} */ { ms }) => sum([...ms.values()]);
  rows.push(rowOf('sum', profiles, all));
  rows.push(rowOf('untimed rest', profiles, (one) => one.total - all(one)));
  rows.push(rowOf('whole call', profiles, ({ total }) => total));
  return rows;
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((a, b) => a + b, 0);
}

/**
 * @typedef {object} Profile
 * @property {import('detloss').Layout} layout
 * @property {number} total ms
 * @property {Map<string, number>} ms milliseconds of each timed function
 */

/**
 * @param {import('detloss').Layout} layout
 * @returns {Promise<Profile>}
 */
async function profile(layout) {
  const { numClasses, regMax, strides } = WORK_ITEM;
  const backend = /** @type {const} */ ('wasm');
  const config = { numClasses, regMax, strides, layout, backend, threads: 1 };
  const criterion = await createDetectionLoss(config);
  const { feats, targets } = makeProblem(WORK_ITEM, layout);
  const { grads: out } = criterion.valueAndGradSync(feats, targets);
  const totals = [];
  /** @type {Map<string, number>[]} */
  const rounds = [];
  for (let i = 0; i < WARMUP_ROUNDS + ROUNDS; i++) {
    spent = new Map();
    const start = performance.now();
    criterion.valueAndGradSync(feats, targets, { out });
    const total = performance.now() - start;
    if (i < WARMUP_ROUNDS) continue;
    totals.push(total);
    rounds.push(spent);
  }
  const names = [...new Set(rounds.flatMap((round) => [...round.keys()]))];
  const ms = new Map(names.map((name) => [name, median(rounds.map((r) => r.get(name) ?? 0))]));
  return { layout, total: median(totals), ms };
}

/**
 * @param {string} stage
 * @param {Profile[]} profiles
 * @param {(profile: Profile) => number} msOf
 * @returns {import('./lib/table.mjs').Row}
 */
function rowOf(stage, profiles, msOf) {
  /** @type {import('./lib/table.mjs').Row} */
  const row = { stage };
  for (const profile of profiles) {
    const ms = msOf(profile);
    row[`${profile.layout} ms`] = ms;
    row[`${profile.layout} share`] = (100 * ms) / profile.total;
  }
  return row;
}

/**
 * @param {(self: any, argument: any) => string} nameOf
 * @param {Function} work
 */
function timed(nameOf, work) {
  /**
   * @this {unknown}
   * @param {unknown[]} given
   */
  return function (...given) {
    const start = performance.now();
    const result = work.apply(this, given);
    const ms = performance.now() - start;
    const name = nameOf(this, given[0]);
    spent.set(name, (spent.get(name) ?? 0) + ms);
    return result;
  };
}

/** @param {(buffer: unknown) => boolean} isWasm */
function timeCopiesAndFills(isWasm) {
  const prototype = Object.getPrototypeOf(Float32Array.prototype);
  const copyName = (/** @type {any} */ to, /** @type {any} */ from) => {
    if (isWasm(to.buffer)) return 'copies in';
    return isWasm(from.buffer) ? 'copies out' : 'copies elsewhere';
  };
  prototype.set = timed(copyName, prototype.set);
  const fillName = (/** @type {any} */ to) => (isWasm(to.buffer) ? 'zero scratch' : 'zero fill');
  prototype.fill = timed(fillName, prototype.fill);
}
