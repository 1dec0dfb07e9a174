import type { Scene } from '../model/scene.ts';
import { kindOf } from './kind-of.ts';
import { readJson } from './read-json.ts';
import { readSafetensors } from './read-safetensors.ts';
import { toScene } from './to-scene.ts';

const NEEDED =
  'The page needs raw head outputs and targets in a .safetensors or .json file; “Show your own predictions” has examples.';

/**
 * Reads a scene from a file of the reader's. README.md describes both formats.
 *
 * @throws {Error} the file cannot be shown; the message names the file, what is needed and what was given
 */
export async function readFile(file: File): Promise<Scene> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const kind = kindOf(bytes);
  if (kind !== 'safetensors' && kind !== 'json') {
    throw new Error(`${file.name} ${kind.other}. ${NEEDED}`);
  }
  try {
    const isJson = kind === 'json';
    const contents = isJson ? readJson(new TextDecoder().decode(bytes)) : readSafetensors(bytes);
    return await toScene(file.name, contents);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${file.name} could not be read: ${reason}`, { cause });
  }
}
