/**
 * Trains a YOLOv8-style detector from scratch, on scenes of handwritten digits, on this machine's processor.
 *
 *   npm run train                           trains, validates, draws, saves: into build/train
 *   npm run train -- --naive                the same with a loss in TensorFlow.js' own operations: into build/train-naive
 *   npm run train -- --compare              a step's time and memory with either loss, side by side
 *   npm run train -- --evaluate <folder>    loads the model that a run left there, and validates it again
 *   npm run train -- --write-readme         copies the run in build/train, and the comparison, into README.md and docs/
 *   --seed 2, --epochs 4, --steps 100 an epoch, --held-out 200 scenes, --folder <folder>
 */
import { parseArgs } from 'node:util';
import { ensureInstalled } from '../../scripts/ensure-installed.mjs';

const { values } = parseArgs({
  options: {
    naive: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
    evaluate: { type: 'string' },
    'write-readme': { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    epochs: { type: 'string', default: '16' },
    steps: { type: 'string', default: '150' },
    'held-out': { type: 'string', default: '500' },
    folder: { type: 'string' },
  },
});

await ensureInstalled('examples/train');
const { naive, folder = `build/train${naive ? '-naive' : ''}` } = values;
const [seed, epochs, steps, heldOut] = ['seed', 'epochs', 'steps', 'held-out'].map((name) =>
  Number(values[/** @type {'seed'} */ (name)]),
);
if (values.compare) {
  const { compare } = await import('./compare.mjs');
  await compare();
} else if (values['write-readme']) {
  const { writeReadme } = await import('./write-readme.mjs');
  await writeReadme();
} else if (values.evaluate !== undefined) {
  const { evaluate } = await import('./evaluate.mjs');
  await evaluate(values.evaluate);
} else {
  const { train } = await import('./train.mjs');
  await train({ loss: naive ? 'naive' : 'detloss', seed, epochs, steps, heldOut, folder });
}
