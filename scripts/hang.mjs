/**
 * Time in ms after which a test, a process or a page counts as hanging. None that works takes as long, however busy the
 * machine is.
 */
export const HANG_MS = 20 * 60_000;
