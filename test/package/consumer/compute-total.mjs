/**
 * The total of a problem as JSON carries it: configuration, predictions and targets in plain arrays.
 *
 * @param {typeof import('../../../src/index.ts').createDetectionLoss} createDetectionLoss the package's
 * @param {{
 *   config: import('../../../src/index.ts').DetectionLossConfig,
 *   feats: { data: number[], shape: number[] }[],
 *   targets: { batchIdx: number[], cls: number[], bboxes: number[] },
 * }} problem
 * @param {URL} [wasm] none: the embedded binary
 */
export async function computeTotal(createDetectionLoss, problem, wasm) {
  const criterion = await createDetectionLoss({ ...problem.config, wasm });
  const feats = problem.feats.map(({ data, shape }) => ({ data: new Float32Array(data), shape }));
  const { total } = await criterion.valueAndGrad(feats, problem.targets);
  criterion.dispose();
  return total;
}
