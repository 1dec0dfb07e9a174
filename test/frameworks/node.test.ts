import { beforeAll, describe, it } from 'vitest';
import { ROOT } from '../package/lib/root.ts';
import { run } from '../package/lib/run.ts';
import {
  expectAtOnce,
  expectJax,
  expectLater,
  expectOrt,
  expectTasks,
  type JaxFacts,
  type OrtFacts,
  type TfjsFacts,
} from './lib/expect-facts.ts';
import { installFrameworks } from './lib/folder.ts';

beforeAll(installFrameworks);

/** By backend of the framework. */
async function check<Facts>(framework: string): Promise<Record<string, Facts>> {
  const printed = await run(process.execPath, ['test/frameworks/in-node.mjs', framework], ROOT);
  return JSON.parse(printed.trim().split('\n').at(-1) ?? '');
}

describe('in Node', () => {
  it('detloss/tfjs: the bits of the criterion, 100 steps leave no tensor, on cpu and wasm', async () => {
    const { cpu, wasm } = await check<TfjsFacts>('tfjs');
    for (const facts of [cpu, wasm]) {
      expectAtOnce(facts);
      expectLater(facts, false);
      expectTasks(facts, false);
    }
  });

  it('detloss/jax: the bits of the criterion, no array left behind, on cpu and wasm', async () => {
    const { cpu, wasm } = await check<JaxFacts>('jax');
    for (const facts of [cpu, wasm]) expectJax(facts, false);
  });

  it("detloss/ort: a session's output in place", async () => {
    expectOrt((await check<OrtFacts>('ort')).wasm, false);
  });
});
