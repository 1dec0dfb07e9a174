import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit } from 'node:process';
import { parseArgs } from 'node:util';

/**
 * @typedef {object} Options
 * @property {boolean} naive
 * @property {boolean} compare
 * @property {string | undefined} evaluate folder of a run
 * @property {number} seed
 * @property {number} epochs
 * @property {number} steps per epoch
 * @property {number} heldOut number of scenes
 * @property {string} folder
 */

const USAGE = `Trains a detector from scratch on scenes of handwritten digits, validates it, and saves it with its curves.

  --epochs <n>         number of epochs (default: 16)
  --steps <n>          steps per epoch (default: 150)
  --held-out <n>       number of scenes to validate on (default: 500)
  --seed <n>           seed of the weights and of the scenes (default: 1)
  --folder <folder>    where the run is saved (default: build/train, with --naive build/train-naive)
  --naive              uses a loss in TensorFlow.js' own operations
  --compare            measures a step's time and memory with either loss, and trains nothing
  --evaluate <folder>  validates the model that a run saved there, and trains nothing
  --help               prints this list`;

/** Exit status of a program whose arguments are wrong. */
const MISUSE = 2;

/**
 * Reads this program's arguments. Prints the list of options and ends the process if it is asked for; ends it with one
 * line on standard error if an argument is wrong.
 *
 * @returns {Options}
 */
export function readOptions() {
  try {
    return parse(argv.slice(2));
  } catch (error) {
    // Only the first sentence of parseArgs' messages says what is wrong
    const [reason] = /** @type {Error} */ (error).message.split(/\.\s/);
    console.error(`${reason}; --help lists the options`);
    exit(MISUSE);
  }
}

/**
 * @param {string[]} args
 * @returns {Options}
 */
function parse(args) {
  const { values } = parseArgs({
    args,
    options: {
      epochs: { type: 'string', default: '16' },
      steps: { type: 'string', default: '150' },
      'held-out': { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
      folder: { type: 'string' },
      naive: { type: 'boolean', default: false },
      compare: { type: 'boolean', default: false },
      evaluate: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    exit();
  }
  const { naive, compare, evaluate, folder = `build/train${naive ? '-naive' : ''}` } = values;
  if (evaluate !== undefined && !existsSync(join(evaluate, 'run.json'))) {
    throw new Error(`--evaluate needs a folder in which a run was saved, got '${evaluate}'`);
  }
  return {
    naive,
    compare,
    evaluate,
    folder,
    epochs: integer('--epochs', values.epochs, 1),
    steps: integer('--steps', values.steps, 1),
    heldOut: integer('--held-out', values['held-out'], 1),
    seed: integer('--seed', values.seed, 0),
  };
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} least
 */
function integer(name, text, least) {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`${name} needs a whole number from ${least}, got '${text}'`);
}
