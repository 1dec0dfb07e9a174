import { pathOf } from '../../../scripts/runtimes.mjs';

/** Runs a program in Deno, which may read files, and nothing else. */
export const DENO_RUN = [
  pathOf('deno'),
  'run',
  '--allow-read',
  '--no-prompt',
  '--no-remote',
  '--no-lock',
] as const;
