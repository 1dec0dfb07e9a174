import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_ARGS, findChromium } from './scripts/chromium.mjs';

/** The package as it is published and the playground, whose tests start processes, and the reference, plain arithmetic. */
const once = [
  'test/frameworks/**/*.test.ts',
  'test/package/**/*.test.ts',
  'test/playground/**/*.test.ts',
  'test/reference/**/*.test.ts',
];
const everywhere = {
  include: ['test/**/*.test.ts'],
  exclude: [...once, '**/node_modules/**'],
};

export default defineConfig({
  // SharedArrayBuffer exists only in pages that are isolated from other origins
  server: {
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
  test: {
    watch: false,
    // Vitest would leave a processor idle: on two, half of them
    maxWorkers: '100%',
    // Full-size inputs through the float64 reference take seconds, more so on a busy machine
    testTimeout: 60_000,
    hookTimeout: 60_000,
    provide: { expectedRuntime: process.env.EXPECTED_RUNTIME ?? '' },
    projects: [
      // Node or Deno: whichever runs Vitest
      { extends: true, test: { name: 'node', ...everywhere } },
      { extends: true, test: { name: 'once', include: once } },
      {
        extends: true,
        test: {
          ...everywhere,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: findChromium(),
                args: CHROMIUM_ARGS,
              },
            }),
            instances: [{ browser: 'chromium', name: 'chromium' }],
          },
        },
      },
    ],
  },
});

declare module 'vitest' {
  interface ProvidedContext {
    /** Name and full version, such as 'deno 2.9.5'; empty where Vitest was started by hand. */
    expectedRuntime: string;
  }
}
