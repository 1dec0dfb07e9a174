import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Golden, loadGolden, optionsOf } from '../../lib/golden.ts';
import { ROOT } from './root.ts';

const SOURCES = join(ROOT, 'test/package/consumer');
/** Where .gitignore expects a project that finds the tools of users. */
const AMONG_TOOLS = join(ROOT, 'test/package/tools/project-');

export interface Consumer {
  folder: string;
  /** Path of the package that it has installed. */
  tarball: string;
  /** The float64 golden's, of the problem in problem.json. */
  total: number;
  remove(): Promise<void>;
}

/**
 * A project that has installed the package as `npm pack` packs it, outside of this repository.
 *
 * @param sources of a project that is built by tools which it must find; it lies among them
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

/** What compute-total.mjs reads; a float32 keeps its bits in JSON. */
function toJson(golden: Golden): string {
  const { feats, targets } = golden;
  const problem = { config: optionsOf(golden), feats, targets };
  return JSON.stringify(problem, (_, value) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float32Array | Int32Array) : value,
  );
}
