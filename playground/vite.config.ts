import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { compactPredictions } from './compact-predictions.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));

/** What the built page may load: its own files, and nothing of anyone else's. Browsers enforce it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  'worker-src blob:',
].join('; ');

/** Not while developing: Vite's own client needs more than this. */
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
  // Every address is relative to the page, so that it works from any folder of any site
  base: './',
  plugins: [contentSecurityPolicy, compactPredictions],
  resolve: { alias: { detloss: `${repository}src/index.ts` } },
  server: { fs: { allow: [repository] } },
  build: {
    outDir: `${repository}build/playground`,
    emptyOutDir: true,
    target: 'es2022',
    // A data: address is no file of this site
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
