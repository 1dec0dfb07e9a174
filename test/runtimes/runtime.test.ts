import { expect, inject, it } from 'vitest';
import { builds } from '../lib/builds.ts';
import { readFixture } from '../lib/read-fixture.ts';

/** Name and version of the runtime that runs this file, as far as it tells: Firefox its major version, WebKit none. */
async function currentRuntime(): Promise<string> {
  if ('Deno' in globalThis) return `deno ${process.versions.deno}`;
  if (typeof document === 'undefined') return `node ${process.versions.node}`;
  const { userAgent, userAgentData } = navigator as ChromiumNavigator;
  if (userAgentData) {
    const { fullVersionList } = await userAgentData.getHighEntropyValues(['fullVersionList']);
    return `chromium ${fullVersionList.find(({ brand }) => brand === 'Chromium')?.version}`;
  }
  const [, firefox] = userAgent.match(/ Firefox\/(\d+)/) ?? [];
  return firefox ? `firefox ${firefox}` : 'webkit';
}

/** Chromium's members of Navigator, which TypeScript's DOM library lacks. */
interface ChromiumNavigator extends Navigator {
  userAgentData?: {
    getHighEntropyValues(
      hints: ['fullVersionList'],
    ): Promise<{ fullVersionList: { brand: string; version: string }[] }>;
  };
}

// A manually started Vitest runs in the runtime that the user chose
it.runIf(inject('expectedRuntime'))('runs in the runtime that the runner asked for', async () => {
  expect(inject('expectedRuntime')).toMatch(new RegExp(`^${await currentRuntime()}\\b`));
});

it('compiles every build of the kernels; Node 20 and WebKit all but the relaxed one', async () => {
  const hasRelaxed = !/^(node 20\.|webkit)/.test(await currentRuntime());
  const expected = hasRelaxed ? ['baseline', 'relaxed'] : ['baseline'];
  expect(builds.map(({ build }) => build)).toEqual(expected);
});

it('has shared memory for threads', () => {
  expect(new SharedArrayBuffer(1).byteLength).toBe(1);
});

it('reads a fixture byte for byte', async () => {
  const bytes = await readFixture('detect-random.safetensors');
  expect(bytes.length).toBe(207840);
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + headerLength));
  expect(() => JSON.parse(header)).not.toThrow();
});

it('says which fixture is missing', async () => {
  await expect(readFixture('missing.safetensors')).rejects.toThrow('missing.safetensors');
});
