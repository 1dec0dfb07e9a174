import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_ARGS, findChromium } from './scripts/chromium.mjs';
import { openFirefox } from './scripts/firefox.mjs';
import { HANG_MS } from './scripts/hang.mjs';
import { ownBrowser } from './scripts/own-browser.mjs';
import type { Visitor } from './scripts/visitor.mjs';
import { openRoomyWebkit } from './scripts/webkit.mjs';

/** Tests of shaders. Deno and Firefox have one implementation of WebGPU, Chromium and Node's package another: Deno and Chromium test them. */
const shaders = ['test/gpu/**/*.test.ts'];
/** Tests of devices. */
const devices = ['test/backend/webgpu/**/*.test.ts'];
/** Tests of criteria and losses that need a GPU. */
const gpu = [
  'test/backend/select*.test.ts',
  'test/criteria/detection-buffers.test.ts',
  'test/criteria/detection-nonfinite.test.ts',
  'test/criteria/task-buffers.test.ts',
  'test/criteria/task-nonfinite.test.ts',
  'test/losses/buffers.test.ts',
];
/** The package as it is published, the playground and what starts processes or trains, and the reference, plain arithmetic. */
const once = [
  'test/frameworks/**/*.test.ts',
  'test/package/**/*.test.ts',
  'test/playground/**/*.test.ts',
  'test/reference/**/*.test.ts',
  'test/train/**/*.test.ts',
];
const exclude = [...once, '**/node_modules/**'];
const everywhere = ['test/**/*.test.ts'];
const kernels = ['test/assembly/**/*.test.ts'];
/** Tests of all that engines could do differently: results to the digit, threads, turns of the event loop, objects of other realms. */
const ofEngine = [
  'test/backend/runtime/**/*.test.ts',
  'test/criteria/photograph-bits.test.ts',
  'test/{criteria,losses}/*{goldens,random,extremes,pauses}.test.ts',
  'test/runtimes/*.test.ts',
  'test/validate/*.test.ts',
];

/** Tests that leave workers in endless loops. */
const endless = ['test/backend/runtime/faults.test.ts'];

/** Settings of a project whose tests run in a browser that Vitest does not know. */
function inOwn(browser: 'firefox' | 'webkit', open: () => Promise<Visitor>) {
  return {
    enabled: true,
    headless: true,
    screenshotFailures: false,
    connectTimeout: HANG_MS,
    provider: ownBrowser(browser, open),
    instances: [{ browser, name: browser }],
  };
}

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
    // Files share a process or page and the modules that it has loaded, which saves a second per file and runtime
    isolate: false,
    setupFiles: ['test/lib/before-each-file.ts'],
    testTimeout: HANG_MS,
    hookTimeout: HANG_MS,
    teardownTimeout: HANG_MS,
    expect: { poll: { timeout: HANG_MS } },
    provide: {
      expectedRuntime: process.env.EXPECTED_RUNTIME ?? '',
      effort: Number(process.env.EFFORT ?? 1),
      triesGpu: true,
      fuzz: {
        calls: Number(process.env.FUZZ_CALLS ?? 500),
        seed: Number(process.env.FUZZ_SEED ?? 20_261_124),
      },
    },
    projects: [
      // Every test of WASM
      {
        extends: true,
        test: {
          name: 'node',
          include: everywhere,
          exclude: [...exclude, ...gpu, ...shaders, ...devices],
          provide: { triesGpu: false },
        },
      },
      // This suite tests the engine of Node 24, and WebGPU in Node
      {
        extends: true,
        test: { name: 'node24', include: [...kernels, ...ofEngine, ...gpu], exclude },
      },
      // Deno's V8 compiles kernels as that of Node 24 does, and what checks arguments is plain TypeScript; its threads, shaders and the rest are its own
      {
        extends: true,
        test: {
          name: 'deno',
          include: everywhere,
          exclude: [
            ...exclude,
            ...endless,
            'test/{assembly,backend/wasm}/**',
            'test/criteria/task-errors.test.ts',
          ],
        },
      },
      // Deno does not end a worker in an endless loop before its process ends
      { extends: true, test: { name: 'deno-endless', isolate: true, include: endless } },
      // Hardly any of it uses a GPU, which in software takes all processors: two files at a time
      {
        extends: true,
        test: {
          name: 'once',
          include: once,
          maxWorkers: 2,
          // Concurrent tests of a file: one per processor of the smallest machines
          maxConcurrency: 2,
          // Vitest wants projects of other numbers of workers in another group
          sequence: { groupOrder: 1 },
          globalSetup: 'test/package/lib/global-setup.ts',
        },
      },
      // Its V8 compiles kernels as that of Node 24 does
      {
        extends: true,
        test: {
          include: [...ofEngine, ...gpu, ...shaders, ...devices],
          exclude,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            connectTimeout: HANG_MS,
            provider: playwright({
              launchOptions: {
                executablePath: findChromium(),
                args: CHROMIUM_ARGS,
                timeout: HANG_MS,
              },
            }),
            instances: [{ browser: 'chromium', name: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        test: {
          include: [...kernels, ...ofEngine, ...gpu, ...devices],
          exclude,
          browser: inOwn('firefox', openFirefox),
        },
      },
      {
        extends: true,
        // WebKit has no `using` yet
        esbuild: { target: 'es2022' },
        test: {
          include: [...kernels, ...ofEngine],
          exclude,
          provide: { triesGpu: false },
          setupFiles: ['test/lib/symbol-dispose.ts'],
          browser: inOwn('webkit', openRoomyWebkit),
        },
      },
    ],
  },
});

declare module 'vitest' {
  interface ProvidedContext {
    /** Only where the package is tested: a project that has installed it, and the tarball it came from. */
    installed: { project: string; tarball: string };
    /** Name and full version, such as 'deno 2.9.5'; empty where Vitest was started by hand. */
    expectedRuntime: string;
    /** Share of the random problems that are tried in WASM. */
    effort: number;
    /** Whether suites of all backends run on WebGPU too. */
    triesGpu: boolean;
    /** Number of broken calls that are tried, and their seed. */
    fuzz: { calls: number; seed: number };
  }
}
