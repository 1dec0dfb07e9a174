import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { ensureChromium } from './chromium.mjs';

const DRIVER = 'vk_swiftshader_icd.json';

/**
 * Environment in which Vulkan programs find SwiftShader, the GPU in software that comes with Chromium, and
 * the Vulkan loader beside it.
 *
 * @returns {Record<string, string>}
 * @throws {Error} Chromium has none
 */
export function softwareGpu() {
  const program = dirname(realpathSync(ensureChromium()));
  // Debian starts Chromium by a script elsewhere.
  const folder = [program, '/usr/lib/chromium'].find((path) => existsSync(join(path, DRIVER)));
  if (!folder) throw new Error(`Chromium in ${program} has no ${DRIVER}`);
  const driver = join(folder, DRIVER);
  const libraries = [folder, process.env.LD_LIBRARY_PATH ?? ''].filter(Boolean).join(delimiter);
  return { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: libraries };
}
