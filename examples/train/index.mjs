/**
 * Trains a YOLOv8-style detector from scratch, on scenes of handwritten digits, on this machine's processor. Run
 * `npm install` in this folder first; it works beside any installed detloss, with ../lib.
 *
 *   node index.mjs                         trains, validates, draws and saves into build/train
 *   node index.mjs --help                  lists the options
 *
 * `npm run train -- --naive` in the repository builds, installs and does the same.
 */
import { readOptions } from './lib/options.mjs';

const { naive, compare, evaluate, ...plan } = readOptions();
if (compare) {
  const program = await import('./compare.mjs');
  await program.compare();
} else if (evaluate !== undefined) {
  const program = await import('./evaluate.mjs');
  await program.evaluate(evaluate);
} else {
  const { train } = await import('./train.mjs');
  await train({ loss: naive ? 'naive' : 'detloss', ...plan });
}
