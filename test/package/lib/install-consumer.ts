import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Golden, loadGolden, optionsOf } from '../../lib/golden.ts';
import { ROOT } from './root.ts';

const SOURCES = join(ROOT, 'test/package/consumer');
/** Path prefix, ignored by git, of a project that finds the tools of users. */
const AMONG_TOOLS = join(ROOT, 'test/package/tools/project-');

export interface Consumer {
  folder: string;
  /** Path of the installed package. */
  tarball: string;
  /** Float64 total of the problem in problem.json. */
  total: number;
  remove(): Promise<void>;
}

/**
 * Creates a project, outside of this repository, that has installed the package from `npm pack`.
 *
 * @param sources sources of a project that needs the tools of users; it is created beside them
 */
export async function installConsumer(sources?: string): Promise<Consumer> {
  const folder = await mkdtemp(sources ? AMONG_TOOLS : join(tmpdir(), 'detloss-consumer-'));
  const remove = () => rm(folder, { recursive: true });
  try {
    const { project, tarball } = inject('installed');
    for (const from of [project, SOURCES, ...(sources ? [sources] : [])]) {
      await cp(from, folder, { recursive: true });
    }
    const golden = await loadGolden('detect-random');
    await writeFile(join(folder, 'problem.json'), toJson(golden));
    return { folder, tarball, total: golden.expected.total, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Input of compute-total.mjs; a float32 keeps its bits in JSON. */
function toJson(golden: Golden): string {
  const { feats, targets } = golden;
  const problem = { config: optionsOf(golden), feats, targets };
  return JSON.stringify(problem, (_, value) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float32Array | Int32Array) : value,
  );
}
