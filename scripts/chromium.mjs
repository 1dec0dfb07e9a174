import { chromium } from 'playwright';
import { ensureProgram, findProgram, installWithApt, isExecutable, run } from './programs.mjs';

/** Arguments with which every Chromium is started. */
export const CHROMIUM_ARGS = [
  // The root user has no sandbox, and without a network QUIC only costs time
  '--no-sandbox',
  '--disable-quic',
  // WebGPU on SwiftShader, a GPU in software
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
];

/**
 * Path of the Chromium to test in: $CHROMIUM_PATH, the system's, or the one Playwright keeps.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  const own = findProgram(['chromium', 'chromium-browser', 'google-chrome']);
  return own ?? [chromium.executablePath()].find(isExecutable);
}

/**
 * Path of a Chromium, which is installed first if it is missing.
 *
 * @throws {Error} there is none and none could be installed
 */
export function ensureChromium() {
  return ensureProgram('Chromium', findChromium, [
    () => installWithApt(['chromium']),
    () => run(['npx', 'playwright', 'install', 'chromium']),
  ]);
}
