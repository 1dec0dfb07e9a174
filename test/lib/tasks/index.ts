import { dual } from './dual.ts';

/** Every task beside detection, each held to the same suites. */
export const tasks = [dual];
