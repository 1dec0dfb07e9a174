import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consumer, installConsumer } from './lib/install-consumer.ts';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';
import { LONGEST_SETUP_MS } from './lib/timeouts.ts';

const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => ({ code }));

let consumer: Consumer;
beforeAll(async () => {
  consumer = await installConsumer();
}, LONGEST_SETUP_MS);
afterAll(() => consumer?.remove());

describe('README', () => {
  it('has JavaScript examples', () => {
    expect(blocks.length).toBeGreaterThan(0);
  });

  it.each(blocks)('example %# runs in Node', async ({ code }) => {
    await writeFile(join(consumer.folder, 'example.mjs'), code);
    await run(process.execPath, ['example.mjs'], consumer.folder);
  });
});
