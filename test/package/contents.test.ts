import { expect, it } from 'vitest';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';

it('npm pack holds the build, the documents and nothing else', async () => {
  const [{ files }] = JSON.parse(await run('npm', ['pack', '--dry-run', '--json'], ROOT));
  const paths = files.map(({ path }: { path: string }) =>
    path.replace(/^(dist\/.*)-[\w-]{8}\./, '$1.'),
  );
  expect([...new Set(paths)].sort()).toEqual([
    'ARCHITECTURE.md',
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist/any-criterion.d.ts',
    'dist/chunk.js',
    'dist/chunk.js.map',
    'dist/classifier.js',
    'dist/classifier.js.map',
    'dist/detloss.relaxed.wasm',
    'dist/detloss.wasm',
    'dist/index.d.ts',
    'dist/index.js',
    'dist/index.js.map',
    'dist/jax.d.ts',
    'dist/jax.js',
    'dist/jax.js.map',
    'dist/losses.js',
    'dist/losses.js.map',
    'dist/losses.wasm',
    'dist/on-device.js',
    'dist/on-device.js.map',
    'dist/ort.d.ts',
    'dist/ort.js',
    'dist/ort.js.map',
    'dist/plain.js',
    'dist/plain.js.map',
    'dist/tfjs.d.ts',
    'dist/tfjs.js',
    'dist/tfjs.js.map',
    'dist/webgpu.js',
    'dist/webgpu.js.map',
    'dist/worker.js',
    'docs/errors.md',
    'docs/guides/assignment.md',
    'docs/guides/criterion.md',
    'docs/guides/data-parallel.md',
    'docs/guides/jax.md',
    'docs/guides/numerics.md',
    'docs/guides/onnx-runtime.md',
    'docs/guides/plain-losses.md',
    'docs/guides/tasks.md',
    'docs/guides/tensorflow.md',
    'docs/guides/threads-and-csp.md',
    'docs/guides/webgpu.md',
    'docs/losses.md',
    'package.json',
  ]);
});
