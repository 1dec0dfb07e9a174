import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkTypes } from '../package/lib/check-types.ts';
import { ROOT } from '../package/lib/root.ts';
import { run } from '../package/lib/run.ts';
import { FOLDER, installExample, load } from './lib/example.ts';

// biome-ignore lint/suspicious/noExplicitAny: only the example installs its types
let tf: any;

beforeAll(async () => {
  await installExample();
  tf = createRequire(join(FOLDER, 'index.mjs'))('@tensorflow/tfjs');
  const { startEngine } = await load('lib/engine.mjs');
  await startEngine();
});

/** ‖a − b‖ / ‖b‖. */
function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}

describe('gradients of convolution on WASM', () => {
  it.each([
    { size: 3, stride: 1, height: 6, width: 5 },
    { size: 3, stride: 2, height: 8, width: 7 },
    { size: 2, stride: 2, height: 4, width: 6 },
    { size: 1, stride: 1, height: 3, width: 3 },
  ])(
    "are the cpu backend's: $size×$size, stride $stride",
    async ({ size, stride, height, width }) => {
      const x = tf.randomNormal([2, height, width, 3], 0, 1, 'float32', 1);
      const filter = tf.randomNormal([size, size, 3, 4], 0, 1, 'float32', 2);
      const gradients = tf.grads((x: unknown, w: unknown) => {
        const y = tf.conv2d(x, w, stride, 'same');
        // Every output has another weight
        return tf.sum(tf.mul(y, tf.reshape(tf.range(1, y.size + 1), y.shape)));
      });
      const onWasm = gradients([x, filter]).map((grad: typeof tf) => grad.dataSync());
      await tf.setBackend('cpu');
      const onCpu = gradients([x, filter]).map((grad: typeof tf) => grad.dataSync());
      await tf.setBackend('wasm');
      // Sums of at most 2·56 products in float32
      for (const i of [0, 1]) expect(relativeError(onWasm[i], onCpu[i])).toBeLessThan(1e-6);
    },
  );
});

describe('the loss in TensorFlow.js operations', () => {
  it("is detloss's, and so is its gradient", async () => {
    const { createLoss } = await load('lib/loss.mjs');
    const { REG_MAX, STRIDES } = await load('lib/model.mjs');
    const options = { numClasses: 10, regMax: REG_MAX, strides: STRIDES };
    // Two of the second image's targets overlap; the first image has one, the third none
    const targets = {
      batchIdx: [1, 0, 1, 1],
      cls: [3, 9, 0, 4],
      bboxes: [0.4, 0.4, 0.3, 0.5, 0.5, 0.5, 0.7, 0.6, 0.5, 0.45, 0.4, 0.3, 0.8, 0.8, 0.2, 0.3],
    };
    const feats = [12, 6, 3].map((side, i) =>
      tf.randomNormal([3, side, side, 4 * REG_MAX + 10], 0, 1, 'float32', i),
    );
    const [ours, naive] = await Promise.all(
      ['detloss', 'naive'].map(async (name) => {
        const loss = await createLoss(name, options);
        const gradients = tf.grads((...feats: unknown[]) => loss(feats, targets))(feats);
        const data = gradients.flatMap((grad: typeof tf) => [...grad.dataSync()]);
        return { ...loss.latest.items, data };
      }),
    );
    // Sums of some thousand float32 numbers
    for (const item of ['box', 'cls', 'dfl']) {
      expect(Math.abs(naive[item] / ours[item] - 1)).toBeLessThan(1e-5);
    }
    expect(relativeError(naive.data, ours.data)).toBeLessThan(1e-5);
  });
});

describe('detections', () => {
  it('decode bins to a box in pixels, and drop what is found twice', async () => {
    const { decodeLevel, suppress } = await load('lib/detect.mjs');
    const { REG_MAX } = await load('lib/model.mjs');
    const channels = 4 * REG_MAX + 10;
    const level = new Float32Array(9 * channels).fill(-20);
    // Cell (1, 2) of stride 32: distances 1, 2, 0.5 and 0
    const cell = level.subarray(7 * channels, 8 * channels);
    for (const [side, bins] of [[1], [2], [0, 1], [0]].entries()) {
      for (const bin of bins) cell[side * REG_MAX + bin] = 20;
    }
    cell[4 * REG_MAX + 6] = 2;
    const [box, ...others] = decodeLevel(level, 32);
    expect(others).toEqual([]);
    const wanted = { left: 16, top: 16, right: 64, bottom: 80, label: 6, score: 0.8808 };
    for (const [key, value] of Object.entries(wanted)) expect(box[key]).toBeCloseTo(value, 4);

    const worse = { ...box, left: 18, score: 0.5 };
    const otherClass = { ...box, label: 5, score: 0.6 };
    expect(suppress([worse, box, otherClass])).toEqual([box, otherClass]);
  });
});

describe('training', () => {
  it('lets the loss fall, to the same bits for a seed, and a saved model gives what it gave', async () => {
    const { Trainer } = await load('lib/trainer.mjs');
    const { drawScenes, take } = await load('lib/scenes.mjs');
    const { loadDigits } = await load('lib/digits.mjs');
    const { loadModel, saveModel } = await load('lib/model-files.mjs');
    const { detect } = await load('lib/detect.mjs');
    const scenes = take(drawScenes(await loadDigits('heldOut'), '1'), 4);
    const totals = async (steps: number) => {
      const trainer = await Trainer.create('detloss', 1, 100);
      const totals = Array.from({ length: steps }, () => {
        const { box, cls, dfl } = trainer.step(scenes);
        return box + cls + dfl;
      });
      return { totals, model: trainer.model };
    };
    const { totals: falling, model } = await totals(12);
    expect(falling[11]).toBeLessThan(0.9 * falling[0]);
    const { totals: again } = await totals(3);
    expect(again).toEqual(falling.slice(0, 3));

    const folder = await mkdtemp(join(tmpdir(), 'detloss-train-'));
    try {
      await saveModel(model, folder);
      const found = detect(model, scenes);
      expect(found.flat()).not.toEqual([]);
      expect(detect(await loadModel(folder), scenes)).toEqual(found);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('npm run train', () => {
  it('leaves a model, curves, a picture and its figures', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'detloss-train-'));
    const program = join(FOLDER, 'index.mjs');
    const size = ['--epochs', '2', '--steps', '3', '--held-out', '20'];
    try {
      const args = [program, ...size, '--folder', folder];
      const printed = await run(process.execPath, args, ROOT);
      expect(printed).toMatch(/epoch {2}2\/2: box [\d.]+, cls [\d.]+, dfl [\d.]+ · mAP@0.5 0\.\d+/);
      for (const name of ['model/model.json', 'model/weights.bin', 'detections.webp']) {
        expect((await stat(join(folder, name))).size).toBeGreaterThan(1000);
      }
      expect(await readFile(join(folder, 'curves.svg'), 'utf8')).toContain('Loss items');
      const { history } = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'));
      expect(history.length).toBe(2);
      const evaluation = [program, '--evaluate', folder];
      expect(await run(process.execPath, evaluation, ROOT)).toContain(
        `20 held-out scenes: mAP@0.5 ${history[1].map50.toFixed(3)}`,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    ['--epochs', 'ten', "--epochs needs a whole number from 1, got 'ten'"],
    ['--steps', '0', "--steps needs a whole number from 1, got '0'"],
    ['--seed', '1.5', "--seed needs a whole number from 0, got '1.5'"],
    ['--epoch', '3', "Unknown option '--epoch'"],
    ['--evaluate', 'nowhere', "--evaluate needs a folder in which a run was saved, got 'nowhere'"],
  ])('refuses %s %s in one line, before it builds anything', (name, value, reason) => {
    const args = ['scripts/train.mjs', name, value];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT });
    expect(`${stderr}`).toBe(`${reason}; --help lists the options\n`);
    expect([status, `${stdout}`]).toEqual([2, '']);
  });

  it('prints every option with --help', async () => {
    const printed = await run(process.execPath, ['scripts/train.mjs', '--help'], ROOT);
    const listed = [...printed.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name]) => name);
    const source = await readFile(join(FOLDER, 'lib/options.mjs'), 'utf8');
    const read = [...source.matchAll(/^ {6}'?([a-z-]+)'?: \{ type/gm)].map(([, name]) => name);
    expect(listed.length).toBe(9);
    expect(listed).toEqual(read);
  });

  it('says how much time is left of the whole run, not of the epoch', async () => {
    const { RunTime } = await load('lib/progress.mjs');
    let now = 5000;
    const time = new RunTime(4, () => now);
    expect(time.left).toBe('…');
    now += 30_000;
    time.add();
    expect(time.left).toBe('90 s');
    now += 210_000;
    time.add();
    expect(time.left).toBe('4 min');
  });

  it("agrees with the libraries' own types", async () => {
    expect(await checkTypes(FOLDER, ['index.mjs', 'measure.mjs'])).toBe('');
  });
});
