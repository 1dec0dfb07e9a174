import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { ROOT } from '../../package/lib/root.ts';
import { type Server, serve } from '../../package/lib/serve.ts';

/** Folder of the site on its server; any folder must work. */
const SUB_PATH = 'some/where/';

export interface Site extends Server {
  /** URL of the page. */
  url: string;
}

/** Builds the playground as it is published, in a folder of a server. */
export async function buildSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'detloss-playground-'));
  const configFile = join(ROOT, 'playground/vite.config.ts');
  await build({ configFile, logLevel: 'warn', build: { outDir: join(folder, SUB_PATH) } });
  const server = await serve(folder);
  const close = async () => {
    await server.close();
    await rm(folder, { recursive: true });
  };
  return { ...server, url: `${server.origin}/${SUB_PATH}index.html`, close };
}
