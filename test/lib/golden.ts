import { parseSafetensors } from '../../examples/lib/safetensors.mjs';
import type { DetectionTargets, Tensor } from '../../src/types.ts';

import { normal } from './random.ts';
import { readFixture } from './read-fixture.ts';

/** Small cases: inputs and gradients are stored in full. */
export const storedCases = [
  'detect-crowd',
  'detect-degenerate-box',
  'detect-extreme-logits',
  'detect-four-levels',
  'detect-gains',
  'detect-no-targets',
  'detect-one-class',
  'detect-one-empty-image',
  'detect-one-level',
  'detect-out-of-frame',
  'detect-random',
  'detect-regmax1',
  'detect-regmax32',
  'detect-regmax8',
  'detect-saturated',
  'detect-tiny-targets',
  'detect-topk1',
  'detect-topk13',
  'detect-trained',
  'detect-wide-image',
] as const;

/** Full-size cases: inputs come from a recipe, gradients are sampled and summed up. */
export const recipeCases = ['detect-640', 'detect-640-crowd', 'detect-384x640'] as const;

/** A trained network's output on a photograph: inputs are stored, gradients sampled and summed up. */
export const realCases = ['real-nagasaki-boats'] as const;

export interface GoldenConfig {
  batchSize: number;
  numClasses: number;
  regMax: number;
  /** Height, width. */
  imageSize: [number, number];
  strides: number[];
  gains: { box: number; cls: number; dfl: number };
  topk: number;
  alpha: number;
  beta: number;
}

export interface GoldenExpected {
  total: number;
  box: number;
  cls: number;
  dfl: number;
  /** Before the max with 1. */
  targetScoresSum: number;
  positives: number;
}

/** ∂total/∂feats of one level, in NCHW: in full, or as samples and sums. */
export type GoldenGrad =
  | { kind: 'full'; data: Float32Array }
  | {
      kind: 'sampled';
      /** Positions in the flattened level, and the gradient there. */
      index: Int32Array;
      value: Float32Array;
      sum: number;
      l2: number;
      absSum: number;
    };

export interface Golden {
  name: string;
  config: GoldenConfig;
  expected: GoldenExpected;
  /** NCHW. */
  feats: Tensor[];
  targets: DetectionTargets;
  grads: GoldenGrad[];
  /** Positives of a score above 0, ordered by image, then anchor. */
  assigned: { image: Int32Array; anchor: Int32Array; target: Int32Array; score: Float32Array };
}

interface Recipe {
  seed: number;
  mean: number;
  std: number;
}

export type SafeTensors = ReturnType<typeof parseSafetensors>['tensors'];

interface CaseFile {
  config: GoldenConfig;
  expected: GoldenExpected & { grads?: { sum: number; l2: number; absSum: number }[] };
  inputs?: { levels: { box: Recipe; cls: Recipe }[] };
}

/** Reads a fixture's tensors, and what its metadata says of the case. */
export async function loadFixture(name: string): Promise<{ case: CaseFile; tensors: SafeTensors }> {
  const { tensors, metadata } = parseSafetensors(await readFixture(`${name}.safetensors`));
  return { case: JSON.parse(metadata.case), tensors };
}

/** Loads a detection case; its options are those of the reference implementation. */
export async function loadGolden(name: string): Promise<Golden> {
  const { case: file, tensors } = await loadFixture(name);
  const { config, expected } = file;
  const floats = (key: string) => tensors[key].data as Float32Array;
  const ints = (key: string) => tensors[key].data as Int32Array;
  const perLevel = <T>(make: (l: number) => T) => config.strides.map((_, l) => make(l));
  return {
    name,
    config,
    expected,
    feats: perLevel((l) =>
      file.inputs
        ? generateLevel(config, l, file.inputs.levels[l])
        : { data: floats(`feats.${l}`), shape: tensors[`feats.${l}`].shape },
    ),
    targets: targetsOf(tensors),
    grads: perLevel((l) =>
      expected.grads
        ? {
            kind: 'sampled',
            index: ints(`grads.${l}.index`),
            value: floats(`grads.${l}.value`),
            ...expected.grads[l],
          }
        : { kind: 'full', data: floats(`grads.${l}`) },
    ),
    assigned: assignedOf(tensors),
  };
}

/** The ground truth that every case with boxes holds. */
export function targetsOf(tensors: SafeTensors): DetectionTargets {
  return {
    batchIdx: tensors['targets.image'].data as Int32Array,
    cls: tensors['targets.class'].data as Int32Array,
    bboxes: tensors['targets.boxes'].data as Float32Array,
  };
}

/** The positives that the reference implementation found. */
export function assignedOf(tensors: SafeTensors): Golden['assigned'] {
  return {
    image: tensors['assigned.image'].data as Int32Array,
    anchor: tensors['assigned.anchor'].data as Int32Array,
    target: tensors['assigned.target'].data as Int32Array,
    score: tensors['assigned.score'].data as Float32Array,
  };
}

/** The options of a golden, in the form of a criterion's configuration. */
export function optionsOf({ config }: Pick<Golden, 'config'>) {
  const { numClasses, regMax, strides, gains, topk, alpha, beta } = config;
  const assigner = { topk, alpha, beta };
  return { reference: '8.3' as const, numClasses, regMax, strides, gains, assigner };
}

/** Box block (B, 4R, H, W) and class block (B, C, H, W), interleaved image by image. */
function generateLevel(
  config: GoldenConfig,
  l: number,
  { box, cls }: { box: Recipe; cls: Recipe },
) {
  const { batchSize, numClasses, regMax, imageSize, strides } = config;
  const [height, width] = imageSize.map((size) => size / strides[l]);
  const boxSize = 4 * regMax * height * width;
  const classSize = numClasses * height * width;
  const boxes = normal(box, batchSize * boxSize);
  const classes = normal(cls, batchSize * classSize);
  const data = new Float32Array(boxes.length + classes.length);
  for (let b = 0; b < batchSize; b++) {
    const start = b * (boxSize + classSize);
    data.set(boxes.subarray(b * boxSize, (b + 1) * boxSize), start);
    data.set(classes.subarray(b * classSize, (b + 1) * classSize), start + boxSize);
  }
  return { data, shape: [batchSize, 4 * regMax + numClasses, height, width] };
}
