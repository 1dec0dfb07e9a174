import type { Browser } from 'playwright';
import { afterAll, beforeAll } from 'vitest';
import { type Consumer, installConsumer } from './install-consumer.ts';
import { launchChromium } from './launch-chromium.ts';

/** Consumer and browser for the tests of a file, which exist while these run. */
export interface Visitor {
  consumer: Consumer;
  browser: Browser;
}

/**
 * Provides a project that has installed the package, and a Chromium, for the tests of a file.
 *
 * @param prepare work that must be done before
 * @param sources see `installConsumer`
 */
export function useVisitor(prepare?: () => Promise<unknown>, sources?: string): Visitor {
  const visitor = {} as Visitor;
  beforeAll(async () => {
    await prepare?.();
    visitor.browser = await launchChromium();
    visitor.consumer = await installConsumer(sources);
  });
  afterAll(async () => {
    await visitor.browser?.close();
    await visitor.consumer?.remove();
  });
  return visitor;
}
