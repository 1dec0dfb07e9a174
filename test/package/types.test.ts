import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installRuntimes, pathOf } from '../../scripts/runtimes.mjs';
import { type Consumer, installConsumer } from './lib/install-consumer.ts';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
// With the lib that has an EventTarget, of which a GPUDevice is one
const WEBGPU_TYPES = join(ROOT, 'node_modules/@webgpu/types/dist/index.d.ts');
const ALL = ['types.ts', 'adapters.ts'];
const projects = [
  { moduleResolution: 'bundler', module: 'esnext', lib: 'es2022', files: ALL },
  { moduleResolution: 'bundler', module: 'esnext', lib: 'es2022,dom', files: ['types.ts'] },
  {
    moduleResolution: 'bundler',
    module: 'esnext',
    lib: 'es2022,dom,esnext.disposable',
    files: ['types.ts', 'using.ts'],
  },
  {
    moduleResolution: 'bundler',
    module: 'esnext',
    lib: 'es2022,dom',
    files: ['types.ts', 'gpu.ts', WEBGPU_TYPES],
  },
  { moduleResolution: 'node16', module: 'node16', lib: 'es2022', files: ALL },
  { moduleResolution: 'nodenext', module: 'nodenext', lib: 'es2022', files: ALL },
  { moduleResolution: 'nodenext', module: 'nodenext', lib: 'es2022', files: ['required.cts'] },
];

let consumer: Consumer;

beforeAll(async () => {
  await installRuntimes();
  consumer = await installConsumer();
});

afterAll(() => consumer?.remove());

const compile = (options: Record<string, string>, files: string[]) => {
  // Our .d.ts are checked, the compiler's own are not: that would take most of the time
  const checks = { skipLibCheck: 'false', skipDefaultLibCheck: 'true' };
  const given = { ...options, ...checks, target: 'es2022' };
  const flags = Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
  const args = [TSC, '--noEmit', ...strict, ...flags, ...files];
  return run(process.execPath, args, consumer.folder);
};

// The consumer has neither @webgpu/types (but where a test adds them) nor @types/node, and its compiler checks our .d.ts too
describe('types', () => {
  it.each(projects)(
    'a strict consumer compiles, moduleResolution $moduleResolution, lib $lib, $files',
    async ({ files, ...options }) => {
      expect(await compile(options, files)).toBe('');
    },
  );

  it("Deno's compiler, which knows WebGPU as classes, takes all of it", async () => {
    const files = ['types.ts', 'adapters.ts', 'using.ts', 'gpu.ts'];
    await run(pathOf('deno'), ['check', '--no-remote', '--no-lock', ...files], consumer.folder);
  });
});
