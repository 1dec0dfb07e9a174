/** The globals of another realm: a frame's in a page, else those of a new context. */
export const foreign: typeof globalThis = await openRealm();

async function openRealm(): Promise<typeof globalThis> {
  if (typeof document !== 'undefined') {
    const frame = document.body.appendChild(document.createElement('iframe'));
    return frame.contentWindow as unknown as typeof globalThis;
  }
  const { runInNewContext } = await import('node:vm');
  return runInNewContext('globalThis');
}
