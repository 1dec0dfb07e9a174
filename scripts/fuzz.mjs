/**
 * Calls the package in broken ways, in Node: see test/fuzz.
 *
 *   npm run fuzz                                100,000 calls, from a seed of their own
 *   npm run fuzz -- --calls 5000 --seed 7       so many, from this seed
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/** A call that hangs must not hang the night: a hundred thousand take minutes. */
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
