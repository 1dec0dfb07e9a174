import { DetlossError } from './errors.ts';

const MEBIBYTE = 2 ** 20;

/**
 * Allocates zeros in host memory.
 *
 * @param what name of the contents, for the message
 * @throws {DetlossError} HOST_MEMORY
 */
export function hostFloats(
  action: string,
  what: string,
  length: number,
): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(length);
  } catch (cause) {
    const needed = Math.ceil((4 * length) / MEBIBYTE);
    const message = `${action}: needs ${needed} MiB of memory for ${what}, more than there is`;
    throw new DetlossError('HOST_MEMORY', message, { cause });
  }
}
