import type { Scene } from '../model/scene.ts';
import { readJson } from './read-json.ts';
import { readSafetensors } from './read-safetensors.ts';
import { toScene } from './to-scene.ts';

/**
 * Reads a scene from a file of the reader's. README.md describes both formats.
 *
 * @throws {Error} the file has another format; the message names the file, what was needed and what was given
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
