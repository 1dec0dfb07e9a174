import { beforeAll, describe, expect, it } from 'vitest';
import {
  expectAtOnce,
  expectJax,
  expectLater,
  expectOnDevice,
  expectOrt,
  expectTasks,
  type JaxFacts,
  type OrtFacts,
  type TfjsFacts,
} from './lib/expect-facts.ts';
import { installFrameworks } from './lib/folder.ts';
import { checkInChromium } from './lib/visit.ts';

let found: Record<string, { broken?: string }>;

beforeAll(async () => {
  await installFrameworks();
  found = (await checkInChromium()) as typeof found;
});

function facts<Facts>(name: string): Facts {
  const { broken } = found[name];
  if (broken !== undefined) throw new Error(`${name}: ${broken}`);
  return found[name] as Facts;
}

describe('in a Chromium page, without a bundler', () => {
  it.each(['cpu', 'wasm', 'webgl'])(
    'detloss/tfjs on %s: the bits of the criterion of every task, no tensor left behind',
    (backend) => {
      expectAtOnce(facts<TfjsFacts>(`tfjs ${backend}`));
      expectLater(facts<TfjsFacts>(`tfjs ${backend}`), false);
      expectTasks(facts<TfjsFacts>(`tfjs ${backend}`), false);
    },
  );

  it('detloss/tfjs on webgpu: within 2e-5, tensors stay on the device', () => {
    const { traffic, refused, ...rest } = facts<Required<TfjsFacts>>('tfjs webgpu');
    expect(refused).toBe('SYNC_UNAVAILABLE');
    expectLater(rest, true);
    expectTasks(rest, true);
    expectOnDevice(traffic);
  });

  it('detloss/jax on wasm: the bits of the criterion', () => {
    expectJax(facts<JaxFacts>('jax wasm'), false);
  });

  it('detloss/jax on webgpu: within 2e-5, arrays stay on the device', () => {
    expectJax(facts<JaxFacts>('jax webgpu'), true);
    expectOnDevice(facts<JaxFacts>('jax webgpu').traffic);
  });

  it.each(['wasm', 'webgpu'])("detloss/ort on %s: a session's output in place", (provider) => {
    expectOrt(facts<OrtFacts>(`ort ${provider}`), provider === 'webgpu');
  });
});
