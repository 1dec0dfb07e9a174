import { selectLossBackend } from '../backend/select-losses.ts';
import type { Losses } from '../loss-types.ts';
import type { BackendOptions } from '../validate/backend-options.ts';
import { lossesOn } from './losses.ts';

/**
 * Opens the plain losses on the backend that the options ask for.
 *
 * @throws {BackendError} the backend cannot start
 */
export async function openLosses(action: string, options: BackendOptions): Promise<Losses> {
  return lossesOn(await selectLossBackend(action, options));
}
