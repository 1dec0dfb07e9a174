import { BackendError } from './errors.ts';

/**
 * A part of the package that few use, in a file of its own that is loaded when it is asked for.
 *
 * @param name for the message
 * @throws {BackendError} MODULE_LOAD, as in service workers, which cannot load what is not bundled
 */
export async function loadPart<T>(
  action: string,
  name: string,
  importPart: () => Promise<T>,
): Promise<T> {
  try {
    return await importPart();
  } catch (cause) {
    throw new BackendError('MODULE_LOAD', `${action}: cannot load ${name}: ${cause}`, { cause });
  }
}
