import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { fromHalf, toHalf } from '../../../examples/lib/float16.mjs';
import { readCase } from '../../../examples/lib/read-case.mjs';
import { formatNumber } from '../../../playground/view/format.ts';
import { createDetectionLoss } from '../../../src/index.ts';
import { ROOT } from '../../package/lib/root.ts';
import type { Exported } from './exported.ts';

const fixture = join(ROOT, 'test/fixtures/real-nagasaki-boats.safetensors');
const stored = readCase(await readFile(fixture));
/** Predictions in half precision, as in the page; this moves the total by 1e-4, less than the shown digits. */
const feats = stored.feats.map(({ data, shape }) => ({
  data: data.map((logit) => fromHalf(toHalf(logit))),
  shape,
}));

/** The golden of the photograph. */
export const { expected } = stored;

/** Expects the page's numbers to be those of the package for the exported inputs. */
export async function expectTrue(
  { config, targets, total, assignment }: Exported,
  shownTotal: string | null,
): Promise<void> {
  using criterion = await createDetectionLoss(config);
  const truth = await criterion.value(feats, targets);
  expect(formatNumber(total)).toBe(formatNumber(truth.total));
  expect(shownTotal).toBe(formatNumber(truth.total));
  expect(assignment.anchor).toEqual([...truth.assignment.anchor]);
  expect(assignment.target).toEqual([...truth.assignment.target]);
}
