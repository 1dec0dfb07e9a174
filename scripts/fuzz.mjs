/**
 * Makes broken calls to the package, in Node: see test/fuzz.
 *
 *   npm run fuzz                                makes 100,000 calls, from a new seed
 *   npm run fuzz -- --calls 5000 --seed 7       makes 5,000 calls, from seed 7
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/** Time limit, so that a call that hangs fails the run: a hundred thousand calls take minutes. */
const LONGEST_RUN_MS = 60 * 60_000;

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '100000' },
    seed: { type: 'string', default: `${Date.now() % 2 ** 31}` },
  },
});
console.log(`npm run fuzz -- --calls ${values.calls} --seed ${values.seed}`);
const args = ['node_modules/vitest/vitest.mjs', 'run', '--project=node', 'test/fuzz'];
const { status, error } = spawnSync(process.execPath, args, {
  stdio: 'inherit',
  timeout: LONGEST_RUN_MS,
  env: { ...process.env, FUZZ_CALLS: values.calls, FUZZ_SEED: values.seed },
});
if (error) throw error;
process.exitCode = status ?? 1;
