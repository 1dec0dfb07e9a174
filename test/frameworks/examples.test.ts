import { readdir } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkTypes } from '../package/lib/check-types.ts';
import { run } from '../package/lib/run.ts';
import { FOLDER, installFrameworks } from './lib/folder.ts';

beforeAll(installFrameworks);

const example = (name: string) => run(process.execPath, [`${name}.mjs`], FOLDER);
const lossesIn = (printed: string) =>
  [...printed.matchAll(/loss ([\d.]+)/g)].map(([, loss]) => Number(loss));

describe('examples', () => {
  it.each(['tfjs', 'jax'])('%s trains: the loss falls, and targets are found', async (name) => {
    const printed = await example(name);
    const losses = lossesIn(printed);
    expect(losses.length).toBeGreaterThan(1);
    expect(losses.at(-1)).toBeLessThan(0.1 * losses[0]);
    const overlaps = [...printed.matchAll(/IoU ([\d.]+)/g)].map(([, overlap]) => Number(overlap));
    expect(overlaps).toHaveLength(4);
    // Most are above 0.9: a cell beside the best may be surer of its class
    expect(overlaps.reduce((sum, overlap) => sum + overlap, 0) / 4).toBeGreaterThan(0.7);
  });

  it('ort prints the loss of a model', async () => {
    const printed = await example('ort');
    expect(printed).toContain('head float32 [4,34,84], cpu');
    expect(lossesIn(printed)).toEqual([expect.toSatisfy(Number.isFinite)]);
  });

  it("agree with the frameworks' own types", async () => {
    // Examples of the README lie there while they are run
    const files = (await readdir(FOLDER)).filter((name) => /^[a-z]+\.mjs$/.test(name));
    expect(await checkTypes(FOLDER, files)).toBe('');
  });
});
