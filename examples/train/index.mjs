/**
 * Trains a YOLOv8-style detector from scratch, on scenes of handwritten digits, on this machine's processor. Run
 * `npm install` in this folder first; it works beside any installed detloss, with ../lib.
 *
 *   node index.mjs                         trains, validates, draws and saves into build/train
 *   node index.mjs --naive                 does so with a loss in TensorFlow.js' own operations, into build/train-naive
 *   node index.mjs --compare               measures a step's time and memory with either loss
 *   node index.mjs --evaluate <folder>     loads the model that a run saved there, and validates it again
 *   --seed 2, --epochs 4, --steps 100 per epoch, --held-out 200 scenes, --folder <folder>
 *
 * `npm run train -- --naive` in the repository installs, builds and does the same.
 */
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    naive: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
    evaluate: { type: 'string' },
    seed: { type: 'string', default: '1' },
    epochs: { type: 'string', default: '16' },
    steps: { type: 'string', default: '150' },
    'held-out': { type: 'string', default: '500' },
    folder: { type: 'string' },
  },
});

const { naive, folder = `build/train${naive ? '-naive' : ''}` } = values;
const [seed, epochs, steps, heldOut] = ['seed', 'epochs', 'steps', 'held-out'].map((name) =>
  Number(values[/** @type {'seed'} */ (name)]),
);
if (values.compare) {
  const { compare } = await import('./compare.mjs');
  await compare();
} else if (values.evaluate !== undefined) {
  const { evaluate } = await import('./evaluate.mjs');
  await evaluate(values.evaluate);
} else {
  const { train } = await import('./train.mjs');
  await train({ loss: naive ? 'naive' : 'detloss', seed, epochs, steps, heldOut, folder });
}
