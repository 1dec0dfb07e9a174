import { computeTotal } from '../compute-total.mjs';
// @ts-expect-error: there where the package is installed, and service workers import nothing later
import { createDetectionLoss, createLosses } from '../node_modules/detloss/dist/index.js';

/** The total of a problem, and the code of the error for a part that is not bundled, which service workers cannot load. */
addEventListener('message', async ({ data, ports: [port] }) => {
  const total = await computeTotal(createDetectionLoss, data);
  const part = await createLosses().then(
    () => 'loaded',
    (/** @type {{ code: string }} */ { code }) => code,
  );
  port.postMessage({ total, part });
});
