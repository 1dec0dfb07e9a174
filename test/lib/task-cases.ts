import fc from 'fast-check';
import type { DetectionTargets, Tensor } from '../../src/types.ts';
import { uniforms } from './random.ts';
import { buildCase, type CaseRecipe, caseRecipes, type RandomCase } from './random-case.ts';

/** Parameters of a task's random problem: those of a detection problem, and the task's own. */
export interface TaskRecipe<Extra> {
  detection: CaseRecipe;
  extra: Extra;
}

interface MaskExtra {
  overlap: boolean;
  channels: number;
  /** Size of the prototypes, and of the masks. */
  grid: [height: number, width: number];
  maskSize: [height: number, width: number];
  resize: 'masks' | 'prototypes' | undefined;
  /** Size of the semantic logits; null: there are none. */
  semantic: [height: number, width: number] | null;
}

interface PoseExtra {
  keypoints: number;
  numbers: 2 | 3;
  /** Whether targets have a visibility although predictions have none. */
  marked: boolean;
}

const integers = (min: number, max: number) => fc.integer({ min, max });
const sizes = fc.tuple(integers(1, 20), integers(1, 20));

const masks: fc.Arbitrary<MaskExtra> = fc
  .record({
    overlap: fc.boolean(),
    channels: integers(1, 6),
    grid: sizes,
    maskSize: fc.option(sizes),
    resize: fc.constantFrom('masks' as const, 'prototypes' as const, undefined),
    semantic: fc.option(sizes),
  })
  .map(({ maskSize, ...extra }) => ({ ...extra, maskSize: maskSize ?? extra.grid }));
const keypoints: fc.Arbitrary<PoseExtra> = fc.record({
  keypoints: fc.oneof(integers(1, 6), fc.constant(17)),
  numbers: fc.constantFrom(2 as const, 3 as const),
  marked: fc.boolean(),
});

/** `small` recipes can be differentiated numerically. */
export function taskRecipes<Extra>(extra: fc.Arbitrary<Extra>, { small = false } = {}) {
  return fc.record({ detection: small ? caseRecipes.map(shrunk) : caseRecipes, extra });
}

export const segmentationExtra = masks;
export const poseExtra = keypoints;
export const orientedExtra = fc.constant({});

/** Shrinks a recipe so that one evaluation of the reference takes milliseconds. */
function shrunk(recipe: CaseRecipe): CaseRecipe {
  const { options, grid } = recipe;
  return {
    ...recipe,
    options: {
      ...options,
      numClasses: ((options.numClasses - 1) % 4) + 1,
      regMax: ((options.regMax - 1) % 8) + 1,
    },
    batch: ((recipe.batch - 1) % 2) + 1,
    grid: { height: ((grid.height - 1) % 5) + 2, width: ((grid.width - 1) % 5) + 2 },
    otherLevels: recipe.otherLevels.slice(0, 1),
    targets: recipe.targets % 9,
  };
}

/** [B, …] and A of a problem. */
function sizesOf({ feats, options }: RandomCase) {
  const cells = ({ shape }: Tensor) =>
    options.layout === 'nchw' ? shape[2] * shape[3] : shape[1] * shape[2];
  return {
    batch: feats[0].shape[0],
    anchors: feats.reduce((sum, feat) => sum + cells(feat), 0),
  };
}

function floats(shape: number[], next: () => number): Tensor {
  const length = shape.reduce((product, n) => product * n, 1);
  return { data: Float32Array.from({ length }, next), shape };
}

/** Number of targets of each image. */
function countsOf({ batchIdx }: DetectionTargets, batch: number): number[] {
  const counts = new Array(batch).fill(0);
  for (let n = 0; n < batchIdx.length; n++) counts[batchIdx[n]]++;
  return counts;
}

export function buildSegmentationCase({ detection, extra }: TaskRecipe<MaskExtra>) {
  const problem = buildCase(detection);
  const { feats, targets, options } = problem;
  const { batch, anchors } = sizesOf(problem);
  const uniform = uniforms(detection.seed + 1);
  const { overlap, channels, grid, maskSize, resize, semantic } = extra;
  const counts = countsOf(targets, batch);
  const planes = overlap ? batch : targets.batchIdx.length;
  const planeSize = maskSize[0] * maskSize[1];
  const pixel = (i: number) => {
    const highest = overlap ? counts[Math.floor(i / planeSize)] : 1;
    return Math.floor(uniform() * (highest + 1));
  };
  const { numClasses } = options;
  const coefficients = floats([batch, channels, anchors], () => 4 * uniform() - 2);
  const prototypes = floats([batch, channels, ...grid], () => 4 * uniform() - 2);
  const masks = {
    data: Uint8Array.from({ length: planes * planeSize }, (_, i) => pixel(i)),
    shape: [planes, ...maskSize],
  };
  const classes = {
    data: Int32Array.from({ length: batch * planeSize }, () => Math.floor(uniform() * numClasses)),
    shape: [batch, ...maskSize],
  };
  return {
    predictions: {
      feats,
      coefficients,
      prototypes,
      ...(semantic && {
        semantic: floats([batch, numClasses, ...semantic], () => 12 * uniform() - 6),
      }),
    },
    targets: { ...targets, masks, ...(semantic && { semantic: classes }) },
    options: { ...options, overlap, resize },
  };
}

export function buildPoseCase({ detection, extra }: TaskRecipe<PoseExtra>) {
  const problem = buildCase(detection);
  const { feats, targets, options } = problem;
  const { batch, anchors } = sizesOf(problem);
  const uniform = uniforms(detection.seed + 1);
  const { keypoints: count, numbers } = extra;
  const given = extra.marked ? 3 : numbers;
  const total = targets.batchIdx.length;
  let i = 0;
  // Every third of three numbers is a visibility: 0 unlabelled, 1 occluded, 2 visible
  const number = () =>
    given === 3 && i++ % 3 === 2 ? Math.floor(3 * uniform()) : 1.4 * uniform() - 0.2;
  return {
    predictions: {
      feats,
      keypoints: floats([batch, count * numbers, anchors], () => 6 * uniform() - 3),
    },
    targets: { ...targets, keypoints: floats([total, count, given], number) },
    options: { ...options, gains: { ...options.gains, pose: 12, kobj: 1 } },
  };
}

export function buildOrientedCase({ detection }: TaskRecipe<object>) {
  const problem = buildCase(detection);
  const { feats, targets, options } = problem;
  const { batch, anchors } = sizesOf(problem);
  const uniform = uniforms(detection.seed + 1);
  const angle = () => Math.PI * (uniform() - 0.25); // what a sigmoid decodes to
  const upright = Array.from(targets.bboxes);
  const bboxes = Array.from(targets.batchIdx, (_, n) => [
    ...upright.slice(4 * n, 4 * n + 4),
    angle(),
  ]);
  return {
    predictions: { feats, angles: floats([batch, 1, anchors], angle) },
    targets: { ...targets, bboxes: Float64Array.from(bboxes.flat()) },
    options,
  };
}
