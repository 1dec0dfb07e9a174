import { type Browser, chromium } from 'playwright';
import { ensureChromium } from '../../../scripts/chromium.mjs';

/** A headless Chromium; whoever launches it closes it. */
export function launchChromium(): Promise<Browser> {
  // root has no sandbox; QUIC would only knock at a closed network
  const args = ['--no-sandbox', '--disable-quic'];
  return chromium.launch({ executablePath: ensureChromium(), args });
}
