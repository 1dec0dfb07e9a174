import type { Scene } from '../model/scene.ts';
import { readJson } from './read-json.ts';
import { readSafetensors } from './read-safetensors.ts';
import { toScene } from './to-scene.ts';

/**
 * A scene from a file of someone's own: see README.md for both formats.
 *
 * @throws {Error} it is no such file; the message names file, need and given
 */
export async function readFile(file: File): Promise<Scene> {
  try {
    if (/\.safetensors$/i.test(file.name)) {
      return await toScene(file.name, readSafetensors(new Uint8Array(await file.arrayBuffer())));
    }
    if (/\.json$/i.test(file.name)) return await toScene(file.name, readJson(await file.text()));
  } catch (cause) {
    throw new Error(`${file.name} ${reasonOf(cause)}`, { cause });
  }
  throw new Error(`${file.name} is neither .safetensors nor .json`);
}

function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return `could not be read: ${message}`;
}
