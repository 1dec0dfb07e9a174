import { describe, expect, it } from 'vitest';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';

/** Relative: gradients are float32, and the whole batch's are rounded before they are compared. */
const BOUND = 1e-6;

describe('examples/data-parallel', () => {
  it(`items and gradients of 1 to 8 workers are the whole batch's, within ${BOUND}`, async () => {
    const printed = await run(
      process.execPath,
      ['examples/data-parallel/index.mjs', '--json'],
      ROOT,
    );
    const rows = JSON.parse(printed) as Record<string, number | string>[];
    expect(rows.map(({ workers }) => workers)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(rows.some(({ images }) => `${images}`.split(' + ').includes('0'))).toBe(true);
    for (const row of rows) {
      expect(row['error of items'], row.images as string).toBeLessThanOrEqual(BOUND);
      expect(row['error of gradients'], row.images as string).toBeLessThanOrEqual(BOUND);
    }
  });
});
