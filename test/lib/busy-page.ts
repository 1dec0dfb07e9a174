import { afterEach, beforeEach, vi } from 'vitest';

/** Time that the clock shows, in ms. It never goes back and is ahead of the real one: a deadline that an engine kept from another test has passed by it. */
let now = 1e9;

/**
 * Has the tests of a file run as on a page, to the engine: one whose clock makes every task take longer than other
 * work may wait.
 */
export function onBusyPage(): void {
  beforeEach(() => {
    if (typeof document === 'undefined') vi.stubGlobal('document', {});
    vi.spyOn(performance, 'now');
    stepClock(10);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
}

/** Has each look at the clock take so many ms. */
export function stepClock(ms: number): void {
  vi.mocked(performance.now).mockImplementation(() => {
    now += ms;
    return now;
  });
}

/** Has `act` called in the midst of a call: when it looks at the clock for the nth time. An engine may give a call many turns before a test gets one. */
export function atReading(nth: number, act: () => void): void {
  const read = vi.mocked(performance.now).getMockImplementation() as () => number;
  let readings = 0;
  vi.mocked(performance.now).mockImplementation(() => {
    if (++readings === nth) act();
    return read();
  });
}

/** Turns of the event loop that other work gets until the promise settles. */
export async function turnsUntil(promise: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  while (!isSettled) {
    await turn();
    turns++;
  }
  return turns;
}

/** Waits for the next turn of the event loop, with no timer. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
