/**
 * Suites that `npm test` runs, the longest first: each is a project of vitest.config.ts in a runtime. `once` holds the tests for
 * which one runtime is enough.
 *
 * @type {Record<string, { runtime: keyof typeof import('./runtimes.mjs').RUNTIMES, project: string }>}
 */
export const SUITES = {
  node: { runtime: 'node', project: 'node' },
  once: { runtime: 'node', project: 'once' },
  deno: { runtime: 'deno', project: 'deno' },
  chromium: { runtime: 'chromium', project: 'chromium' },
  firefox: { runtime: 'firefox', project: 'firefox' },
  node24: { runtime: 'node24', project: 'node without gpu' },
  webkit: { runtime: 'webkit', project: 'webkit' },
};
