import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consumer, installConsumer } from './lib/install-consumer.ts';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
// With the lib that has an EventTarget, of which a GPUDevice is one
const WEBGPU_TYPES = join(ROOT, 'node_modules/@webgpu/types/dist/index.d.ts');
const resolutions = [
  { moduleResolution: 'bundler', module: 'esnext' },
  { moduleResolution: 'node16', module: 'node16' },
  { moduleResolution: 'nodenext', module: 'nodenext' },
];
const libraries = [
  { lib: 'es2022', files: ['types.ts', 'adapters.ts'] },
  { lib: 'es2022,dom', files: ['types.ts'] },
  { lib: 'es2022,dom,esnext.disposable', files: ['types.ts', 'using.ts'] },
  { lib: 'es2022,dom', files: ['types.ts', 'gpu.ts', WEBGPU_TYPES] },
];

let consumer: Consumer;

beforeAll(async () => {
  consumer = await installConsumer();
});

afterAll(() => consumer?.remove());

// The consumer has neither @webgpu/types (but where a test adds them) nor @types/node, and its compiler checks our .d.ts too
describe.each(resolutions)('types, moduleResolution $moduleResolution', (resolution) => {
  it.each(libraries)('a strict consumer compiles, lib $lib, $files.1', async ({ lib, files }) => {
    const options = { ...resolution, lib, target: 'es2022', skipLibCheck: 'false' };
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
    const args = [TSC, '--noEmit', ...strict, ...flags, ...files];
    expect(await run(process.execPath, args, consumer.folder)).toBe('');
  });
});
