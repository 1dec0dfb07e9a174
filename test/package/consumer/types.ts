// Type-checked, not run: what a strict consumer's compiler makes of the public types
import {
  type Assignment,
  BackendError,
  createClassificationLoss,
  createDetectionLoss,
  createDualLoss,
  createLosses,
  createOrientedLoss,
  createPoseLoss,
  createSegmentationLoss,
  createSemanticLoss,
  type DetectionLossConfig,
  type DetectionTargets,
  type DetectionValueAndGrad,
  DetlossError,
  type ErrorCode,
  type GradOptions,
  headWeights,
  type Losses,
  type PlainLossResult,
  type PoseValueAndGrad,
  type SegmentationGrads,
  type Tensor,
} from 'detloss';

const config: DetectionLossConfig = {
  numClasses: 80,
  classification: { kind: 'focal', gamma: 1.5 },
  reduceNormalizer: async (localSum) => 2 * localSum,
};
const feats: Tensor[] = [{ data: new Float32Array(144), shape: [1, 144, 1, 1] }];
const targets: DetectionTargets = { batchIdx: [0], cls: [1], bboxes: [0.5, 0.5, 0.2, 0.2] };

export async function train(out?: Tensor[]): Promise<Tensor[]> {
  const criterion = await createDetectionLoss(config);
  const options: GradOptions = out ? { out } : {};
  const result: DetectionValueAndGrad = await criterion.valueAndGrad(feats, targets, options);
  const assignment: Assignment = criterion.assignSync(feats, targets);
  const numbers: number[] = [result.total, result.items.dfl, assignment.score[0] ?? 0];
  criterion.dispose();
  return numbers.every(Number.isFinite) ? result.grads : [];
}

export async function fit(input: Tensor, target: Tensor): Promise<number> {
  const losses: Losses = await createLosses({ threads: 1 });
  const mean: PlainLossResult<'mean'> = await losses.huber(input, target, { delta: 2 });
  const none = await losses.mse(input, target, { reduction: 'none', out: mean.grad });
  const first: number = none.value.data[0] ?? 0;
  const indices = { data: [0, 1], shape: [2] };
  const { value } = await losses.crossEntropy(input, indices, { reduction: 'sum' });
  // @ts-expect-error: mse has no delta
  await losses.mse(input, target, { delta: 1 });
  losses.dispose();
  return value + first + mean.value;
}

export async function trainTasks(tensor: Tensor, out?: SegmentationGrads): Promise<number[]> {
  const segmentation = await createSegmentationLoss({ ...config, overlap: false });
  const masked = { ...targets, masks: { data: new Uint8Array(16), shape: [1, 4, 4] } };
  const predictions = { feats, coefficients: tensor, prototypes: tensor };
  const { items, grads } = await segmentation.valueAndGrad(predictions, masked, out ? { out } : {});
  const slope: number = grads.prototypes.data[0] ?? 0;
  // @ts-expect-error: masks are needed
  await segmentation.value(predictions, targets);

  const pose = await createPoseLoss({ numClasses: 1, keypointShape: [5, 2], gains: { pose: 6 } });
  const posed = { ...targets, keypoints: { data: [0.5, 0.5], shape: [1, 1, 2] } };
  const poses: PoseValueAndGrad = pose.valueAndGradSync({ feats, keypoints: tensor }, posed);
  // @ts-expect-error: D is 2 or 3
  await createPoseLoss({ numClasses: 1, keypointShape: [5, 4] });

  const oriented = await createOrientedLoss({ numClasses: 1 });
  const rotated = await oriented.assign({ feats, angles: tensor }, targets);
  // @ts-expect-error: rotated boxes have one similarity
  await createOrientedLoss({ numClasses: 1, iou: 'giou' });

  const dual = await createDualLoss({ numClasses: 1, assigner: { topk: [7, 1] } });
  const pair = await dual.value({ oneToMany: feats, oneToOne: feats }, targets);
  const both: Assignment[] = [pair.assignment.oneToMany, pair.assignment.oneToOne];
  const weights = { headWeights: headWeights(3, 10) };
  // @ts-expect-error: detection has no angle
  (await dual.value({ oneToMany: feats, oneToOne: feats }, targets, weights)).items.angle;
  const dualPose = await createDualLoss({ numClasses: 1, task: 'pose', keypointShape: [5, 2] });
  const posePair = {
    oneToMany: { feats, keypoints: tensor },
    oneToOne: { feats, keypoints: tensor },
  };
  const ofPoses = dualPose.valueAndGradSync(posePair, posed, weights);
  const kobj: number = ofPoses.heads.oneToMany.items.kobj + (ofPoses.grads.flow?.length ?? 0);
  // @ts-expect-error: each head has keypoints
  await dualPose.value({ oneToMany: { feats }, oneToOne: { feats } }, posed);
  // @ts-expect-error: an option of another task
  await createDualLoss({ numClasses: 1, task: 'oriented', keypointShape: [5, 2] });

  const classifier = await createClassificationLoss({ numClasses: 9, labelSmoothing: 0.1 });
  const { total } = classifier.valueSync({ logits: tensor }, { cls: [1] });
  // @ts-expect-error: a classifier assigns nothing
  classifier.assign;

  const semantic = await createSemanticLoss({ numClasses: 9, classWeights: new Float32Array(9) });
  const ofPixels = semantic.valueAndGradSync({ logits: tensor }, { labels: tensor });
  const auxiliary: Tensor | undefined = ofPixels.grads.auxiliary;
  // @ts-expect-error: it assigns nothing, too
  semantic.assign;
  return [
    items.seg,
    auxiliary ? 1 : 0,
    slope,
    poses.items.kobj,
    rotated.scoresSum,
    both.length,
    kobj,
    total,
  ];
}

export function codeOf(error: unknown): ErrorCode | undefined {
  if (error instanceof BackendError) return error.code;
  return error instanceof DetlossError ? error.code : undefined;
}

// Options are checked by the compiler too: none is `any`, none is unknown
// @ts-expect-error: the option is topk
export const misspelt: DetectionLossConfig = { numClasses: 80, assigner: { topK: 10 } };

// @ts-expect-error: a number is no binary
export const unloadable: DetectionLossConfig = { numClasses: 80, wasm: 42 };
