import { defineBrowserProvider } from '@vitest/browser';
import { VISITORS } from './visitor.mjs';

/**
 * Provider that has Vitest run tests in a browser that it does not know: all they need is an open page.
 *
 * @param {keyof typeof VISITORS} name
 */
export function ownBrowser(name) {
  return defineBrowserProvider({
    name,
    providerFactory: () => {
      /** @type {ReturnType<typeof VISITORS[name]> | undefined} */
      let visitor;
      return {
        name,
        supportsParallelism: false,
        getCommandsContext: () => ({}),
        openPage: async (_session, url) => {
          visitor ??= VISITORS[name]();
          await (await visitor).open(url);
        },
        // A browser that did not open has failed its tests already
        close: async () => (await visitor?.catch(() => undefined))?.close(),
      };
    },
  });
}
