import { defineBrowserProvider } from '@vitest/browser';

/**
 * Provider that has Vitest run tests in a browser that it does not know: all they need is an open page.
 *
 * @param {string} name
 * @param {() => Promise<import('./visitor.mjs').Visitor>} open
 */
export function ownBrowser(name, open) {
  return defineBrowserProvider({
    name,
    providerFactory: () => {
      /** @type {Promise<import('./visitor.mjs').Visitor> | undefined} */
      let visitor;
      return {
        name,
        supportsParallelism: false,
        getCommandsContext: () => ({}),
        openPage: async (_session, url) => {
          visitor ??= open();
          await (await visitor).open(url);
        },
        // A browser that did not open has failed its tests already
        close: async () => (await visitor?.catch(() => undefined))?.close(),
      };
    },
  });
}
