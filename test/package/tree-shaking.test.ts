import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'tsup';
import { expect, it } from 'vitest';
import { allReachableFrom } from '../../scripts/measure-parts.mjs';
import { DEFLATED as criteriaBinary } from '../../src/backend/programs/criteria/baseline-binary.ts';
import { DEFLATED as detectionBinary } from '../../src/backend/programs/criteria/detection-baseline-binary.ts';
import { DEFLATED as lossesBinary } from '../../src/backend/programs/losses/losses-binary.ts';
import { DEFLATED as pixelsBinary } from '../../src/backend/programs/pixels/pixels-binary.ts';
import { ROOT } from './lib/root.ts';

/** Words that only the criteria, or only the plain losses, have in their code, and how their binaries begin. */
const CRITERIA = ['reduceNormalizer', 'unassigned', detectionBinary.slice(0, 100)];
/** The beginning of the binary that has the kernels of all detectors' tasks. */
const ALL_TASKS = criteriaBinary.slice(0, 100);
const PIXELS = pixelsBinary.slice(0, 100);
const LOSSES = ['labelSmoothing', 'distributionFocal', lossesBinary.slice(0, 100)];

/** All that a bundler, esbuild here, makes of one import: what is loaded at once, and when it is asked for. */
async function bundle(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'detloss-bundle-'));
  try {
    const entry = join(folder, 'entry.mjs');
    const source = JSON.stringify(join(ROOT, 'dist/index.js'));
    await writeFile(entry, `import { ${name} } from ${source}; globalThis.made = ${name};`);
    await build({
      entry: [entry],
      outDir: join(folder, 'out'),
      format: 'esm',
      splitting: false,
      target: 'es2022',
      outExtension: () => ({ js: '.js' }),
      noExternal: [/./],
      minify: true,
      config: false,
      silent: true,
      clean: false,
    });
    return [...(await allReachableFrom(join(folder, 'out'), 'entry.js')).values()].join('\n');
  } finally {
    await rm(folder, { recursive: true });
  }
}

const missingIn = (code: string, words: string[]) => words.filter((word) => !code.includes(word));

it('a bundle of createLosses has no criterion, one of createDetectionLoss no plain loss', async () => {
  const [losses, detection] = [await bundle('createLosses'), await bundle('createDetectionLoss')];
  expect([missingIn(losses, LOSSES), missingIn(losses, CRITERIA)]).toEqual([[], CRITERIA]);
  expect([missingIn(detection, CRITERIA), missingIn(detection, LOSSES)]).toEqual([[], LOSSES]);
});

it('a bundle of createDetectionLoss has no kernel of other tasks, one of createPoseLoss has them', async () => {
  expect(await bundle('createDetectionLoss')).not.toContain(ALL_TASKS);
  expect(missingIn(await bundle('createPoseLoss'), [ALL_TASKS, ...CRITERIA])).toEqual([
    CRITERIA[2],
  ]);
});

it('a bundle of createClassificationLoss has no criterion of detectors', async () => {
  const code = await bundle('createClassificationLoss');
  // A message that all criteria share speaks of reduceNormalizer
  const detectors = [...CRITERIA.slice(1), ALL_TASKS];
  const binary = LOSSES.slice(2);
  expect([missingIn(code, binary), missingIn(code, detectors)]).toEqual([[], detectors]);
});

it('a bundle of createSemanticLoss has no criterion of detectors and no plain loss', async () => {
  const code = await bundle('createSemanticLoss');
  const others = [...CRITERIA.slice(1), ALL_TASKS, ...LOSSES];
  expect([missingIn(code, [PIXELS]), missingIn(code, others)]).toEqual([[], others]);
  expect(missingIn(await bundle('createDetectionLoss'), [PIXELS])).toEqual([PIXELS]);
});

it('a bundle of an error has no kernel', async () => {
  expect((await bundle('DetlossError')).length).toBeLessThan(2000);
});
