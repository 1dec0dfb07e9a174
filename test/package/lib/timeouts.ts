/** Before the first test, Deno or Chromium may have to be downloaded. */
export const LONGEST_SETUP_MS = 10 * 60_000;
