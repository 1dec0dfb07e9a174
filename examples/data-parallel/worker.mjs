/** Worker of a data-parallel step: computes loss and gradients of its own images, normalised over all workers' images. */
import { parentPort, workerData } from 'node:worker_threads';
import { createDetectionLoss } from 'detloss';
import { joinSums } from './all-reduce.mjs';

const { config, shard, batch, port } = workerData;
const allReduce = joinSums(port);
const images = shard.feats[0]?.shape[0] ?? 0;

if (images === 0) {
  // A worker without images still sends its part of the sum, for which the others wait
  await allReduce(0);
  parentPort?.postMessage({ items: { box: 0, cls: 0, dfl: 0 }, grads: [] });
} else {
  const criterion = await createDetectionLoss({
    ...config,
    threads: 1,
    reduceNormalizer: allReduce,
  });
  const { items, grads } = await criterion.valueAndGrad(shard.feats, shard.targets);
  criterion.dispose();
  // A criterion's total is its items × its own images, but the whole batch has more images
  for (const { data } of grads) {
    for (let i = 0; i < data.length; i++) data[i] *= batch / images;
  }
  parentPort?.postMessage({ items, grads });
}
port.close();
