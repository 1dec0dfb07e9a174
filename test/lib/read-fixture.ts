/**
 * Reads a file in test/fixtures/ in any runtime.
 *
 * @throws {Error} there is no such file
 */
export async function readFixture(name: string): Promise<Uint8Array> {
  if (typeof document === 'undefined') {
    const { readFile } = await import('node:fs/promises');
    return new Uint8Array(await readFile(new URL(`../fixtures/${name}`, import.meta.url)));
  }
  const response = await fetch(`/test/fixtures/${name}`);
  // Vite answers an unknown path with a page, and with status 200
  if (!response.ok || response.headers.get('content-type')?.startsWith('text/html')) {
    throw new Error(`readFixture: there is no test/fixtures/${name}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}
