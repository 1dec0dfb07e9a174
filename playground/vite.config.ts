import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { compactPredictions } from './compact-predictions.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));

/** Policy by which browsers let the built page load only its own files. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  'worker-src blob:',
].join('; ');

/** Plugin that adds the policy to the built page. In development, Vite's own client needs more than it allows. */
const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
      injectTo: 'head-prepend',
    },
  ],
};

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Every URL is relative to the page, so that the page works in any folder of any site
  base: './',
  plugins: [contentSecurityPolicy, compactPredictions],
  resolve: { alias: { detloss: `${repository}src/index.ts` } },
  server: { fs: { allow: [repository] } },
  build: {
    outDir: `${repository}build/playground`,
    emptyOutDir: true,
    target: 'es2022',
    // Assets stay files, because the policy does not let the page fetch data: URLs
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
