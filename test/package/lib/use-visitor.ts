import type { Browser } from 'playwright';
import { afterAll, beforeAll } from 'vitest';
import { type Consumer, installConsumer } from './install-consumer.ts';
import { launchChromium } from './launch-chromium.ts';
import { LONGEST_SETUP_MS } from './timeouts.ts';

/** What the tests of a file visit, and with what: there while they run. */
export interface Visitor {
  consumer: Consumer;
  browser: Browser;
}

/**
 * A project that has installed the package, and a Chromium, for the tests of a file.
 *
 * @param prepare what has to be there before
 * @param sources see `installConsumer`
 */
export function useVisitor(prepare?: () => Promise<unknown>, sources?: string): Visitor {
  const visitor = {} as Visitor;
  beforeAll(async () => {
    await prepare?.();
    visitor.browser = await launchChromium();
    visitor.consumer = await installConsumer(sources);
  }, LONGEST_SETUP_MS);
  afterAll(async () => {
    await visitor.browser?.close();
    await visitor.consumer?.remove();
  });
  return visitor;
}
