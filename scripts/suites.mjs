/**
 * Suites that `npm test` runs, in this order: each is a project of vitest.config.ts, or several, in a runtime. `once` holds the tests for
 * which one runtime is enough. Firefox answers a wait for its device at most ten times a second, so its suite is idle for most of its
 * time, and runs beside the others.
 *
 * @type {Record<string, { runtime: keyof typeof import('./runtimes.mjs').RUNTIMES, project: string, isIdle?: boolean }>}
 */
export const SUITES = {
  node: { runtime: 'node', project: 'node' },
  once: { runtime: 'node', project: 'once' },
  deno: { runtime: 'deno', project: 'deno*' },
  chromium: { runtime: 'chromium', project: 'chromium' },
  firefox: { runtime: 'firefox', project: 'firefox', isIdle: true },
  node24: { runtime: 'node24', project: 'node24' },
  webkit: { runtime: 'webkit', project: 'webkit' },
};
