import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { VISITORS } from '../../scripts/visitor.mjs';
import { ISOLATED, PAGE, ROOT, timeOut } from './chromium.mjs';

/**
 * Runs bench() of a module in a page of Firefox or WebKit, and returns its result.
 *
 * @param {keyof typeof VISITORS} name
 * @param {string} module path in bench/
 */
export async function inVisitor(name, module) {
  const server = await serveFolder();
  const visitor = await VISITORS[name]();
  try {
    await visitor.open(server.origin);
    const run = visitor.evaluate(`(async () => {
      if (!crossOriginIsolated) throw new Error('the page is not isolated from other origins');
      const { bench } = await import('/bench/${module}');
      return bench();
    })()`);
    return await Promise.race([run, timeOut()]);
  } finally {
    await visitor.close();
    server.close();
  }
}

/** Serves a page that can import the files of this repository, and the package by its name. */
async function serveFolder() {
  const server = createServer(async ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const isPage = pathname === '/';
    const type = isPage ? 'text/html' : 'text/javascript';
    try {
      const body = isPage ? PAGE : await readFile(join(ROOT, pathname));
      response.writeHead(200, { ...ISOLATED, 'Content-Type': type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin: `http://127.0.0.1:${port}`, close };
}
