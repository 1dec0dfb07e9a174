import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { launchChromium, openContext } from '../../package/lib/launch-chromium.ts';
import { ROOT } from '../../package/lib/root.ts';

/** Origin without a server; requests are answered from the repository. */
const ORIGIN = 'http://localhost';
const MODULES = '/examples/frameworks/node_modules';
const SCRIPTS = ['tfjs/dist/tf.min.js', 'tfjs-backend-wasm/dist/tf-backend-wasm.min.js'].concat(
  'tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js',
);
const imports = { detloss: '/dist/index.js', 'detloss/': '/dist/' };
const entries = ['tfjs', 'jax', 'ort'].map((name) => [`detloss/${name}`, `/dist/${name}.js`]);
const importMap = JSON.stringify({ imports: { ...imports, ...Object.fromEntries(entries) } });
const PAGE = `<!doctype html><script type="importmap">${importMap}</script>${SCRIPTS.map(
  (path) => `<script src="${MODULES}/@tensorflow/${path}"></script>`,
).join('')}`;
/** WebGL in software, which Chromium otherwise refuses. */
const WEBGL = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const TYPES: Record<string, string> = { '.wasm': 'application/wasm' };

/** Runs in-page.mjs in a headless Chromium. */
export async function checkInChromium(): Promise<Record<string, unknown>> {
  const browser = await launchChromium(WEBGL);
  try {
    const page = await (await openContext(browser)).newPage();
    await page.route(`${ORIGIN}/**`, async (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === '/') return route.fulfill({ body: PAGE, contentType: 'text/html' });
      const body = await readFile(join(ROOT, pathname));
      return route.fulfill({ body, contentType: TYPES[extname(pathname)] ?? 'text/javascript' });
    });
    await page.goto(ORIGIN);
    // A text, because Vitest would rewrite the import in a function
    const call = `import('/test/frameworks/in-page.mjs').then((it) => it.checkInPage('${MODULES}'))`;
    return await page.evaluate<Record<string, unknown>>(call);
  } finally {
    await browser.close();
  }
}
