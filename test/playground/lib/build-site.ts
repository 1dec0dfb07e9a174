import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { ROOT } from '../../package/lib/root.ts';
import { type Server, serve } from '../../package/lib/serve.ts';

/** Where the site is put on its server: anywhere must do. */
const SUB_PATH = 'some/where/';

export interface Site extends Server {
  /** Of the page. */
  url: string;
}

/** The playground as it is published, in a folder of a server. */
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
