import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { loadDigits } from './lib/digits.mjs';
import { drawCurves } from './lib/draw-curves.mjs';
import { startEngine } from './lib/engine.mjs';
import { saveModel } from './lib/model-files.mjs';
import { describeItems, EpochBar, RunTime } from './lib/progress.mjs';
import { drawScenes, take } from './lib/scenes.mjs';
import { BATCH, Trainer } from './lib/trainer.mjs';
import { drawHeldOut, saveDetections, validate } from './lib/validate.mjs';

/**
 * @import { Panel } from './lib/draw-curves.mjs'
 * @import { Items, LossName } from './lib/loss.mjs'
 * @import { Scene } from './lib/scenes.mjs'
 *
 * @typedef {{ loss: LossName, seed: number, epochs: number, steps: number, heldOut: number, folder: string }} Plan steps: per epoch; heldOut: number of scenes
 * @typedef {Items & { map50: number, map: number, seconds: number }} Epoch items: means over its steps
 * @typedef {Plan & { batch: number, parameters: number, minutes: number, cpuMinutes: number, history: Epoch[] }} Run
 */

/**
 * Trains a detector, and writes model/, curves.svg, detections.webp and run.json into the folder.
 *
 * @param {Plan} plan
 */
export async function train(plan) {
  const start = performance.now();
  const { loss, seed, epochs, steps, folder } = plan;
  await startEngine();
  const scenes = drawScenes(await loadDigits('train'), `train ${seed}`);
  const heldOut = await drawHeldOut(seed, plan.heldOut);
  const trainer = await Trainer.create(loss, seed, epochs * steps);
  const { model } = trainer;
  console.log(
    `${model.countParams().toLocaleString('en-US')} parameters, ${epochs} epochs of ${steps} steps of ${BATCH} scenes; ` +
      `loss: ${loss}, seed ${seed}`,
  );
  await mkdir(folder, { recursive: true });
  /** @type {Epoch[]} */
  const history = [];
  const run = new RunTime(epochs * steps);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const begin = performance.now();
    const title = `epoch ${`${epoch}`.padStart(2)}/${epochs}`;
    const items = await runEpoch(trainer, scenes, new EpochBar(title, steps, run), steps);
    const seconds = (performance.now() - begin) / 1000;
    history.push({ ...items, ...validate(model, heldOut), seconds });
    console.log(describeEpoch(title, history[epoch - 1], (BATCH * steps) / seconds));
    await writeFile(join(folder, 'curves.svg'), await drawCurves(panelsOf(history)));
  }
  await saveModel(model, join(folder, 'model'));
  await saveDetections(model, heldOut, folder);
  const minutes = (performance.now() - start) / 60_000;
  await report({ ...plan, batch: BATCH, parameters: model.countParams(), minutes, history });
}

/** @param {Omit<Run, 'cpuMinutes'>} run */
async function report(run) {
  const { user, system } = process.cpuUsage();
  /** @type {Run} */
  const complete = { ...run, cpuMinutes: (user + system) / 60e6 };
  const { folder, minutes, cpuMinutes } = complete;
  await writeFile(join(folder, 'run.json'), `${JSON.stringify(complete, null, 2)}\n`);
  console.log(
    `${minutes.toFixed(1)} minutes, ${cpuMinutes.toFixed(1)} of a processor's. ` +
      `In ${folder}: model/, curves.svg, detections.webp, run.json`,
  );
}

/**
 * @param {Trainer} trainer
 * @param {Iterator<Scene>} scenes
 * @param {EpochBar} bar
 * @param {number} steps
 */
async function runEpoch(trainer, scenes, bar, steps) {
  for (let step = 0; step < steps; step++) {
    bar.add(trainer.step(take(scenes, BATCH)), BATCH);
    // Lets the bar's timer run
    await setImmediate();
  }
  bar.stop();
  return bar.means;
}

/**
 * @param {string} title
 * @param {Epoch} epoch
 * @param {number} speed
 */
function describeEpoch(title, { map50, map, ...items }, speed) {
  const precision = `mAP@0.5 ${map50.toFixed(3)}, mAP@0.5:0.95 ${map.toFixed(3)}`;
  return `${title}: ${describeItems(items)} · ${precision} · ${speed.toFixed(0)} scenes/s`;
}

/**
 * @param {Epoch[]} history
 * @returns {Panel[]}
 */
function panelsOf(history) {
  const valuesOf = (/** @type {keyof Epoch} */ name) => history.map((epoch) => epoch[name]);
  const highest = Math.max(...history.flatMap(({ box, cls, dfl }) => [box, cls, dfl]));
  return [
    {
      title: 'Loss items',
      subtitle: 'on training scenes, mean over an epoch',
      top: Math.ceil(highest),
      curves: [
        { name: 'box', color: 'blue', values: valuesOf('box') },
        { name: 'cls', color: 'orange', values: valuesOf('cls') },
        { name: 'dfl', color: 'purple', values: valuesOf('dfl') },
      ],
    },
    {
      title: 'Mean average precision',
      subtitle: 'on held-out scenes, of digits by other writers',
      top: 1,
      curves: [
        { name: '@0.5', color: 'blue', values: valuesOf('map50') },
        { name: '@0.5:0.95', color: 'orange', values: valuesOf('map') },
      ],
    },
  ];
}
