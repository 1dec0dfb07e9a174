/**
 * What `npm test` runs: a project of vitest.config.ts in a runtime; those that take longest first. `once` is what one
 * runtime is enough for.
 *
 * @type {Record<string, { runtime: keyof typeof import('./runtimes.mjs').RUNTIMES, project: string }>}
 */
export const SUITES = {
  node: { runtime: 'node', project: 'node' },
  once: { runtime: 'node', project: 'once' },
  deno: { runtime: 'deno', project: 'node' },
  chromium: { runtime: 'chromium', project: 'chromium' },
  node24: { runtime: 'node24', project: 'node without gpu' },
};
