import { BackendError } from './errors.ts';

/**
 * Loads a rarely used part of the package, which is a file of its own.
 *
 * @param name for the message
 * @throws {BackendError} MODULE_LOAD, for example in service workers, which cannot load unbundled modules
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
