import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

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
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...candidates, chromium.executablePath()].find(isExecutable);
}

/**
 * Path of a Chromium, which is installed first if it is missing.
 *
 * @returns {string}
 * @throws {Error} there is none and none could be installed
 */
export function ensureChromium() {
  for (const install of [() => {}, installWithApt, installWithPlaywright]) {
    install();
    const path = findChromium();
    if (path) return path;
  }
  throw new Error(
    'Chromium is missing and could not be installed: install it, or set CHROMIUM_PATH to one',
  );
}

function installWithApt() {
  if (!existsSync('/usr/bin/apt-get')) return;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  run([...sudo, 'apt-get', 'update']) &&
    run([...sudo, 'apt-get', 'install', '-y', '--no-install-recommends', 'chromium']);
}

function installWithPlaywright() {
  run(['npx', 'playwright', 'install', 'chromium']);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string[]} command */
function run([program, ...args]) {
  return spawnSync(program, args, { stdio: 'inherit' }).status === 0;
}
