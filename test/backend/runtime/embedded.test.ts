import { afterEach, describe, expect, it, vi } from 'vitest';
import { CRITERIA } from '../../../src/backend/programs/criteria/program.ts';
import { embeddedBuild, loadBuild } from '../../../src/backend/runtime/embedded.ts';
import { compile } from '../../../src/backend/runtime/module.ts';
import { builds, fastest } from '../../lib/builds.ts';
import { expectCode } from '../../lib/expect-code.ts';

const [baseline] = CRITERIA.builds;
const refused = () => Promise.reject(new TypeError('import() is disallowed'));

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('embeddedBuild', () => {
  it('gives the relaxed build to an engine that validates it, else the baseline', async () => {
    expect(await embeddedBuild(CRITERIA)).toEqual(fastest.wasm);
  });

  it('loads nothing of the relaxed build where its instruction is not known', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    const relaxed = { file: 'none', load: vi.fn(refused) };
    const program = { ...CRITERIA, builds: [baseline, relaxed] };
    expect(await embeddedBuild(program)).toEqual(builds[0].wasm);
    expect(relaxed.load).not.toHaveBeenCalled();
  });

  it('gives the baseline where the relaxed build is not valid', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValueOnce(true).mockReturnValueOnce(false);
    expect(await embeddedBuild(CRITERIA)).toEqual(builds[0].wasm);
  });
});

describe('an engine that is too old', () => {
  it.each([
    ['has no SIMD', () => vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)],
    ['has no DecompressionStream', () => vi.stubGlobal('DecompressionStream', undefined)],
    [
      'has no raw deflate',
      () =>
        vi.stubGlobal('DecompressionStream', () => {
          throw new TypeError('Unsupported compression format');
        }),
    ],
  ])('%s: WASM_LOAD, and the message names the oldest engines', async (_, age) => {
    age();
    vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new Error('Wasm SIMD unsupported @+285'));
    const call = () => compile('test', { ...CRITERIA }, undefined, false);
    await expectCode('WASM_LOAD', call, /: this engine is too old, the oldest are Chrome 103, /);
  });

  it('another engine that does not compile is not called old', async () => {
    vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new Error('no more memory'));
    const call = () => compile('test', { ...CRITERIA }, undefined, false);
    await expectCode('WASM_LOAD', call, /no more memory$/);
  });
});

describe('a build whose module is refused, as in a service worker', () => {
  it('is read from the file beside the module', async () => {
    const build = { file: '../../../dist/detloss.wasm', load: refused };
    expect(await loadBuild(build)).toEqual(builds[0].wasm);
  });

  it('and has no file: WASM_LOAD, and the message says what happened and what to do', async () => {
    const program = { ...CRITERIA, builds: [{ file: 'none.wasm', load: refused }] };
    await expectCode(
      'WASM_LOAD',
      () => compile('test', program, undefined, false),
      /^test: .*import\(\) is disallowed.*none\.wasm.*`wasm`/,
    );
  });
});
