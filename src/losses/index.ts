import { selectLossBackend } from '../backend/select-losses.ts';
import type { Losses } from '../loss-types.ts';
import type { BackendOptions } from '../validate/backend-options.ts';
import { PlainLosses } from './losses.ts';

/** The plain losses on the backend that the options ask for. Throws BackendError where it cannot start. */
export async function openLosses(action: string, options: BackendOptions): Promise<Losses> {
  return new PlainLosses(await selectLossBackend(action, options));
}
