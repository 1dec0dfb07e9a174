// Type-checked, not run: what a consumer with WebGPU's types may hand over, and gets back
import { createDetectionLoss, createDualLoss, createLosses, type Tensor } from 'detloss';

export async function trainOnGpu(
  device: GPUDevice,
  feats: Tensor<GPUBuffer>[],
): Promise<GPUBuffer[]> {
  const criterion = await createDetectionLoss({ numClasses: 80, backend: 'webgpu', device });
  const targets = { batchIdx: [0], cls: [1], bboxes: [0.5, 0.5, 0.2, 0.2] };
  const part: Tensor<GPUBuffer>[] = feats.map((feat) => ({ ...feat, offset: 256, size: 1024 }));
  const { grads } = await criterion.valueAndGrad(part, targets);
  const again = await criterion.valueAndGrad(feats, targets, { out: grads });
  await criterion.value(feats, targets);
  // @ts-expect-error: synchronous methods take arrays
  criterion.valueSync(feats, targets);
  return again.grads.map(({ data }) => data);
}

export async function trainBothOnGpu(
  device: GPUDevice,
  feats: Tensor<GPUBuffer>[],
): Promise<GPUBuffer[]> {
  const criterion = await createDualLoss({ numClasses: 80, device });
  const targets = { batchIdx: [0], cls: [1], bboxes: [0.5, 0.5, 0.2, 0.2] };
  const predictions = { oneToMany: feats, oneToOne: feats };
  const { grads } = await criterion.valueAndGrad(predictions, targets);
  const again = await criterion.valueAndGrad(predictions, targets, { out: grads });
  return again.grads.oneToOne.map(({ data }) => data);
}

export async function plainOnGpu(
  device: GPUDevice,
  input: Tensor<GPUBuffer>,
  target: Tensor,
): Promise<GPUBuffer[]> {
  const losses = await createLosses({ device });
  const { value, grad } = await losses.mse(input, target, { reduction: 'none' });
  const again = await losses.focal(input, input, { out: grad, gamma: 1 });
  const mean: number = again.value;
  const byIndex = await losses.crossEntropy(input, { data: [mean], shape: [1] });
  // @ts-expect-error: class indices are on the host
  await losses.multiMargin(input, input);
  return [value.data, again.grad.data, byIndex.grad.data];
}
