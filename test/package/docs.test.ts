import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FOLDER, installFrameworks } from '../frameworks/lib/folder.ts';
import { type Consumer, installConsumer } from './lib/install-consumer.ts';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';
import { LONGEST_SETUP_MS } from './lib/timeouts.ts';

const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => ({ code }));

/** Imports of what the package is an adapter for. */
const FRAMEWORK = /from '(@tensorflow|@jax-js|onnxruntime-web)/;

let consumer: Consumer;
beforeAll(async () => {
  await installFrameworks();
  consumer = await installConsumer();
}, LONGEST_SETUP_MS);
afterAll(() => consumer?.remove());

describe('README', () => {
  it('has JavaScript examples', () => {
    expect(blocks.length).toBeGreaterThan(0);
  });

  it.each(blocks)('example %# runs in Node', async ({ code }) => {
    const folder = FRAMEWORK.test(code) ? FOLDER : consumer.folder;
    const file = join(folder, `readme-example-${process.pid}.mjs`);
    await writeFile(file, code);
    try {
      await run(process.execPath, [file], folder);
    } finally {
      await rm(file);
    }
  });
});
