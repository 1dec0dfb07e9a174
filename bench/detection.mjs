import { createDetectionLoss } from 'detloss';
import { Bench } from 'tinybench';
import { makeProblem, WORK_ITEM } from './shapes.mjs';

const MEASURE_MS = 2000;
const WARMUP_MS = 500;

/**
 * How long does the detection loss of the work item take, next to copying its predictions once?
 *
 * The copy is between two warm arrays in the same run: times of shared machines are noisy, their ratio
 * is less so.
 *
 * @returns {Promise<{ title: string, rows: { what: string, ms: number, copies: number }[] }>}
 */
export async function benchDetection() {
  const bench = new Bench({ time: MEASURE_MS, warmupTime: WARMUP_MS });
  const { feats } = makeProblem(WORK_ITEM, 'nchw');
  const source = concatenate(feats);
  const copy = new Float32Array(source.length).fill(1);
  bench.add('copy', () => copy.set(source));
  for (const layout of /** @type {const} */ (['nchw', 'nhwc'])) {
    const problem = makeProblem(WORK_ITEM, layout);
    const { regMax, numClasses, strides } = WORK_ITEM;
    const criterion = await createDetectionLoss({ numClasses, regMax, strides, layout });
    const out = criterion.valueAndGradSync(problem.feats, problem.targets).grads;
    bench.add(`valueAndGrad, ${layout}`, () => {
      criterion.valueAndGradSync(problem.feats, problem.targets, { out });
    });
    bench.add(`value, ${layout}`, () => {
      criterion.valueSync(problem.feats, problem.targets);
    });
    bench.add(`assign, ${layout}`, () => {
      criterion.assignSync(problem.feats, problem.targets);
    });
  }
  bench.runSync();
  const [copyMs] = bench.tasks.map(median);
  const { batch, imageSize, numClasses, targets } = WORK_ITEM;
  const megabytes = Math.round(source.byteLength / 1e6);
  return {
    title: `batch ${batch}, ${imageSize}×${imageSize}, ${numClasses} classes, ${targets} targets an image (${megabytes} MB in, ${megabytes} MB out)`,
    rows: bench.tasks.map((task) => ({
      what: task.name,
      ms: median(task),
      copies: median(task) / copyMs,
    })),
  };
}

/** @param {import('tinybench').Task} task */
function median({ name, result }) {
  if (result.state !== 'completed') throw new Error(`bench: ${name} ended as ${result.state}`);
  return result.latency.p50;
}

/** @param {import('detloss').Tensor[]} tensors */
function concatenate(tensors) {
  const all = new Float32Array(tensors.reduce((sum, { data }) => sum + data.length, 0));
  let end = 0;
  for (const { data } of tensors) {
    all.set(data, end);
    end += data.length;
  }
  return all;
}
