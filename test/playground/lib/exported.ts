import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright';
import type { Assignment, DetectionLossConfig, DetectionTargets } from '../../../src/index.ts';

/** Contents of the file that "Export assignment" saves. */
export interface Exported {
  config: DetectionLossConfig;
  targets: DetectionTargets;
  total: number;
  assignment: Record<keyof Assignment, number | number[]>;
}

export async function exportFrom(page: Page): Promise<Exported> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export assignment' }).click(),
  ]);
  return JSON.parse(await readFile(await download.path(), 'utf8'));
}
