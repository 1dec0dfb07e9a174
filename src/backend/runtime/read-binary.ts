/** Reads the file at a URL. Throws if it cannot be read. */
export async function readUrl(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  // Node's fetch does not read file: URLs; a bare import of node:fs would break browser bundles.
  const fs = globalThis.process?.getBuiltinModule?.('node:fs/promises');
  if (url.protocol === 'file:' && fs) return new Uint8Array(await fs.readFile(url));
  return readResponse(await fetch(url));
}

/** Reads a response's body. Throws if the server answered with an error. */
export async function readResponse(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
