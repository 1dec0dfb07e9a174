import { readFile } from 'node:fs/promises';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const CONTENT_TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export interface Server {
  /** Ends without a slash. */
  origin: string;
  /** Paths of the files it has sent, in order. */
  sent: string[];
  close(): Promise<void>;
}

/** Serves the files of a folder on a free port of this machine, every one with these headers. */
export async function serve(folder: string, headers: OutgoingHttpHeaders = {}): Promise<Server> {
  const sent: string[] = [];
  const server = createServer(async ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const type = CONTENT_TYPES[extname(pathname)] ?? 'application/octet-stream';
    try {
      const body = await readFile(join(folder, decodeURIComponent(pathname)));
      response.writeHead(200, { ...headers, 'Content-Type': type }).end(body);
      sent.push(pathname);
    } catch {
      // Browsers ask for an icon of their own accord, and complain of a 404
      response.writeHead(pathname === '/favicon.ico' ? 204 : 404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    sent,
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A browser keeps its connections open
      server.closeAllConnections();
      return closed;
    },
  };
}
