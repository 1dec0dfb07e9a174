import { Sharing } from '../../src/backend/runtime/sharing.ts';

/** Lets workers take part in every run, so that tests of threads do not depend on measured times. */
export function alwaysShare(): void {
  Sharing.prototype.isShared = () => true;
}
