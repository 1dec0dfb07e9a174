/** Milliseconds from before `import('detloss')` to the first result; for a process in which nothing has run yet. */
import { makeProblem, ONE_IMAGE } from '../shapes.mjs';

export async function bench() {
  const { numClasses, regMax, strides } = ONE_IMAGE;
  const { feats, targets } = makeProblem(ONE_IMAGE, 'nchw');
  const start = performance.now();
  const { createDetectionLoss } = await import('detloss');
  const imported = performance.now();
  const criterion = await createDetectionLoss({
    numClasses,
    regMax,
    strides,
    backend: 'wasm',
  });
  const created = performance.now();
  await criterion.valueAndGrad(feats, targets);
  const end = performance.now();
  criterion.dispose();
  return {
    import: imported - start,
    create: created - imported,
    first: end - created,
    total: end - start,
  };
}
