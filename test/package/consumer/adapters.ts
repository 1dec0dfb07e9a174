// Type-checked, not run: the adapters' types without any framework, whose shapes are declared here
import {
  type DetectionItems,
  type DetectionLoss,
  type DetectionTargets,
  type DualLoss,
  headWeights,
} from 'detloss';
import { type Jax, adaptCriterion as onJax } from 'detloss/jax';
import { fromOrt, type OrtTensor } from 'detloss/ort';
import { adaptCriterion as onTfjs, type TensorFlow, type TfTensor } from 'detloss/tfjs';

interface Scalar extends TfTensor {
  readonly rank: 0;
}

interface MyTensorFlow extends TensorFlow {
  scalar(value: number): Scalar;
}

export function useTfjs(
  criterion: DetectionLoss,
  tf: MyTensorFlow,
  feats: TfTensor[],
  targets: DetectionTargets,
): [Scalar, DetectionItems | undefined] {
  const loss = onTfjs(criterion, tf);
  return [loss(feats, targets), loss.latest?.items];
}

export async function useJax(
  criterion: DetectionLoss,
  jax: Jax,
  model: (params: { weight: number[] }) => number[],
  targets: DetectionTargets,
): Promise<{ weight: number[] }> {
  const { grads, total } = await onJax(criterion, jax)(model, [{ weight: [1] }], targets);
  return total > 0 ? grads[0] : { weight: [] };
}

export const validate = (criterion: DetectionLoss, heads: OrtTensor[], targets: DetectionTargets) =>
  criterion.value(heads.map(fromOrt), targets);

/** Two heads, which take weights of the call. */
export const useTwoHeads = (
  criterion: DualLoss,
  tf: MyTensorFlow,
  [oneToMany, oneToOne]: [TfTensor[], TfTensor[]],
  targets: DetectionTargets,
) => onTfjs(criterion, tf)({ oneToMany, oneToOne }, targets, { headWeights: headWeights(0, 10) });

// Targets are the criterion's: it has no boxes without images
export const incomplete = (criterion: DetectionLoss, tf: MyTensorFlow, feats: TfTensor[]) =>
  // @ts-expect-error: batchIdx is missing
  onTfjs(criterion, tf)(feats, { cls: [0], bboxes: [0.5, 0.5, 0.2, 0.2] });
